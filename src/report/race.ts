// SPDX-License-Identifier: GPL-2.0-only
/**
 * A data race in the shape of a KCSAN report: both accesses with their call chains, and how the value changed.
 * Linux v6.6: kernel/kcsan/report.c, print_report(), get_access_type(); Documentation/dev-tools/kcsan.rst.
 */
import type { Machine } from '../../cpu/machine.ts';
import type { Race, Side } from '../../cpu/race-trace.ts';
import type { Trace } from '../../cpu/trace.ts';
import { HANDLER, NMI, PROGRAM } from '../../cpu/vcpu.ts';
import { callsOf, chainLines } from './call-chain.ts';

/** One side, as JSON tells it. */
export interface RaceSide {
  cpu: number;
  /** The task, or what else it was. */
  by: string;
  access: string;
  /** Outermost function first. */
  calls: string[];
}

export interface RaceReport {
  word: string;
  bytes: number;
  first: RaceSide;
  second: RaceSide;
  /** What the side that writes found and left; absent for a whole frame. */
  before?: number;
  after?: number;
}

const BYTES = 4;

function sideOf(m: Machine, trace: Trace, comms: readonly string[], side: Side): RaceSide {
  const c = m.contexts[side.ctx]!;
  const by =
    c.role === PROGRAM ? `task ${comms[c.id] ?? c.id}` : c.role === HANDLER ? 'interrupt' : c.role === NMI ? 'NMI' : 'RCU callback';
  const access = `${side.writes ? 'write' : 'read'}${side.plain ? '' : ' (marked)'}`;
  return { cpu: c.id, by, access, calls: callsOf(trace.sites[side.site]!) };
}

export function raceReport(m: Machine, trace: Trace, comms: readonly string[], race: Race): RaceReport {
  const values = race.n === 1 ? { before: race.before >>> 0, after: race.after >>> 0 } : {};
  const [first, second] = [race.first, race.second].map((side) => sideOf(m, trace, comms, side)) as [RaceSide, RaceSide];
  return { word: race.name, bytes: race.n * BYTES, first, second, ...values };
}

/** Functions in the title come in alphabetical order, so that a race has one title whichever side found it. */
export function raceText(r: RaceReport): string {
  const [a, b] = [r.first, r.second].map((side) => side.calls.at(-1) ?? '?').sort() as [string, string];
  const side = (s: RaceSide): string[] => [
    `${s.access} to ${r.word} of ${r.bytes} bytes by ${s.by} on cpu ${s.cpu}:`,
    ...chainLines(s.calls, 1),
    '',
  ];
  const lines = [`BUG: KCSAN: data-race in ${a} / ${b}`, '', ...side(r.first), ...side(r.second)];
  if (r.before !== r.after) lines.push(`value changed: ${hex(r.before!)} -> ${hex(r.after!)}`);
  return lines.join('\n').trimEnd();
}

const hex = (v: number): string => `0x${v.toString(16).padStart(2 * BYTES, '0')}`;
