// SPDX-License-Identifier: GPL-2.0-only
/**
 * The options of `check`, and how their values are read.
 */
import { InvalidArgumentError } from 'commander';

export interface CheckFlags {
  /** Guards taken away. */
  without: string[];
  config: Record<string, string>;
  /** Shootdown policies, by comma: names, or files. */
  policy?: string;
  /** The product of all axes. */
  all?: boolean;
  /** @default exhaustive */
  strategy: 'exhaustive' | 'random' | 'pct';
  /** Most of them, for the exhaustive strategy. @default no limit */
  preemptions?: number;
  /** Most stores in a store buffer. @default no limit */
  bufferDepth?: number;
  /** Of the bugs that pct looks for. @default 3 */
  depth?: number;
  /** Of the random strategies. @default 1 */
  seed?: number;
  /** Every schedule runs twice. */
  verifyDeterminism?: boolean;
  /** Worker threads. @default one for each core */
  jobs: number;
  /** For each cell. @default no limit */
  maxExecutions?: number;
  /** Seconds, for the whole call. @default no limit */
  timeLimit?: number;
  /** File with the state of the run. */
  checkpoint?: string;
  /** Under a verdict that holds: which guards it rests on. */
  necessity?: boolean;
  /** Behind each counterexample every transition. */
  events?: boolean;
  /** File for a trace of the counterexamples. */
  perfetto?: string;
  json?: boolean;
}

/** What makes no sense together, or null. */
export function conflictOf(flags: CheckFlags): string | null {
  const { strategy } = flags;
  if (flags.seed !== undefined && strategy === 'exhaustive') return '--seed needs --strategy random or pct';
  if (flags.depth !== undefined && strategy !== 'pct') return '--depth needs --strategy pct';
  if (flags.preemptions !== undefined && strategy !== 'exhaustive')
    return `--preemptions bounds an exhaustive search, not --strategy ${strategy}`;
  if (flags.checkpoint !== undefined && (strategy !== 'exhaustive' || flags.preemptions !== undefined || flags.verifyDeterminism === true))
    return '--checkpoint is for the exhaustive search of all executions, each run once';
  if (flags.perfetto !== undefined && flags.necessity === true) return '--perfetto does not go with --necessity';
  return null;
}

/** `--without` may be given several times. */
export const collect = (value: string, before: string[]): string[] => [...before, value];

/** `--config KEY=VALUE`, several times. */
export function keyValue(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('It is no KEY=VALUE.');
  const key = text.slice(0, at);
  if (Object.hasOwn(before, key)) throw new InvalidArgumentError(`The key '${key}' is given twice.`);
  return { ...before, [key]: text.slice(at + 1) };
}

export function wholeNumber(text: string): number {
  const n = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(n)) throw new InvalidArgumentError('It is no whole number.');
  return n;
}

export function positiveNumber(text: string): number {
  const n = wholeNumber(text);
  if (n === 0) throw new InvalidArgumentError('It must be 1 or more.');
  return n;
}

export function seconds(text: string): number {
  const n = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || n <= 0) throw new InvalidArgumentError('It is no number of seconds.');
  return n;
}
