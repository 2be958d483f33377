// SPDX-License-Identifier: GPL-2.0-only
/**
 * The replay token: one line that says which execution of which cell, complete in itself.
 *
 *   paelab1.SCENARIO.PAYLOAD.CHECKSUM
 *
 * PAYLOAD is JSON, deflated, base64url: { m: model number, c: configuration, w: guards taken away, s: starting state, p: picks,
 * b: most stores in a buffer, if bounded }. Picks are runs "actor*length", with ":choice" behind an actor that took another alternative than the first.
 * CHECKSUM is the CRC-32 of what precedes it.
 */
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Pick } from '../engines/replay.ts';
import { MAX_TRANSITIONS } from '../engines/strategy.ts';
import type { Config, Scenario } from '../scenarios/scenario.ts';
import { UsageError } from '../usage-error.ts';
import { type Cell, makeCell, startsOf } from './cell.ts';

const FORMAT = 'paelab1';

/** Number of the model: raised whenever the port, the machine or a scenario changes what a list of picks means. */
export const MODEL = 1;

export interface TokenContent {
  scenario: string;
  config: Config;
  without: readonly string[];
  start: number;
  /** Most stores in a store buffer. @default any number */
  bufferDepth?: number;
  picks: readonly Pick[];
}

/** Of a payload: the longest that MAX_TRANSITIONS picks can be, and more. */
const MOST_BYTES = 1 << 20;

const checksum = (text: string): string => crc32(text).toString(36);

export function formatToken(t: TokenContent): string {
  const runs: string[] = [];
  for (let i = 0; i < t.picks.length; ) {
    const { actor, choice } = t.picks[i]!;
    let n = 1;
    if (choice === 0) while (i + n < t.picks.length && t.picks[i + n]!.actor === actor && t.picks[i + n]!.choice === 0) n++;
    runs.push(`${actor}${n > 1 ? `*${n}` : ''}${choice > 0 ? `:${choice}` : ''}`);
    i += n;
  }
  const json = JSON.stringify({ m: MODEL, c: t.config, w: t.without, s: t.start, p: runs.join(' '), b: t.bufferDepth });
  const head = `${FORMAT}.${t.scenario}.${deflateRawSync(json, { level: 9 }).toString('base64url')}`;
  return `${head}.${checksum(head)}`;
}

/** @throws UsageError in one line */
export function parseToken(token: string): TokenContent {
  const parts = token.trim().split('.');
  if (parts.length !== 4) throw new UsageError(`not a token: it has ${parts.length} parts between dots, not 4`);
  const [format, scenario, payload, sum] = parts as [string, string, string, string];
  if (format !== FORMAT) throw new UsageError(`token of format '${format}': this paelab reads ${FORMAT}`);
  if (checksum(`${format}.${scenario}.${payload}`) !== sum) throw new UsageError('damaged token: the checksum does not fit');
  const { m, c, w, s, p, b } = read(payload);
  if (m !== MODEL) throw new UsageError(`token of model ${m}: this paelab has model ${MODEL}`);
  const strings = (x: unknown): boolean => typeof x === 'object' && x !== null && Object.values(x).every((v) => typeof v === 'string');
  const whole = (x: unknown, least: number): boolean => Number.isSafeInteger(x) && (x as number) >= least;
  const good = strings(c) && !Array.isArray(c) && Array.isArray(w) && strings(w) && whole(s, 0) && typeof p === 'string';
  if (!good || (b !== undefined && !whole(b, 1))) throw new UsageError('damaged token: the payload has other fields than a token has');
  return {
    ...{ scenario, config: c as Config, without: w as string[], start: s as number, picks: parsePicks(p as string) },
    ...(b !== undefined && { bufferDepth: b as number }),
  };
}

function read(payload: string): Record<string, unknown> {
  try {
    const json = inflateRawSync(Buffer.from(payload, 'base64url'), { maxOutputLength: MOST_BYTES }).toString();
    return Object(JSON.parse(json)) as Record<string, unknown>;
  } catch {
    throw new UsageError('damaged token: the payload cannot be read');
  }
}

/** The cell that a token is of. @throws UsageError */
export function cellOfToken(t: TokenContent, scenario: Scenario): Cell {
  const cell = makeCell(scenario, t.config, t.without, t.bufferDepth);
  if (t.start >= startsOf(cell)) throw new UsageError(`the token is of starting state ${t.start}, of ${startsOf(cell)}`);
  return cell;
}

function parsePicks(text: string): Pick[] {
  const picks: Pick[] = [];
  for (const run of text === '' ? [] : text.split(' ')) {
    const m = /^(\d+)(?:\*(\d+))?(?::(\d+))?$/.exec(run);
    if (m === null) throw new UsageError(`damaged token: '${run}' is no run of picks`);
    if (picks.length + Number(m[2] ?? 1) > MAX_TRANSITIONS)
      throw new UsageError(`damaged token: it has more than ${MAX_TRANSITIONS} picks`);
    for (let i = 0; i < Number(m[2] ?? 1); i++) picks.push({ actor: Number(m[1]), choice: Number(m[3] ?? 0) });
  }
  return picks;
}
