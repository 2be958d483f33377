// SPDX-License-Identifier: GPL-2.0-only
/**
 * Exit codes, and how an error is told: what the user asked for cannot be (one line), or a defect of paelab (with its stack).
 */
import { NotDeterministic } from '../engines/twice.ts';
import { UsageError } from '../usage-error.ts';

export const HOLDS = 0;
export const VIOLATED = 1;
export const USAGE = 2;
export const INCONCLUSIVE = 3;
export const DEFECT = 70;
export const INTERRUPTED = 130;

/** Of several codes the one that must not be overlooked. */
const WORST_FIRST = [DEFECT, INTERRUPTED, USAGE, VIOLATED, INCONCLUSIVE, HOLDS];

export const worst = (codes: readonly number[]): number => WORST_FIRST.find((code) => codes.includes(code)) ?? HOLDS;

/** An error as it travels between threads, where its class would be lost. */
export interface Failure {
  code: typeof USAGE | typeof DEFECT;
  /** For people: one line for a usage error, the stack for a defect. */
  text: string;
}

export const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, ' ');

/** @param file of the user's own scenario that was running, if one was: an error whose stack passes through it is the user's */
export function failureOf(e: unknown, file: string | null): Failure {
  if (e instanceof UsageError) return { code: USAGE, text: oneLine(e.message) };
  if (file !== null && e instanceof NotDeterministic)
    return { code: USAGE, text: oneLine(`${file}: it is not deterministic: ${e.message}`) };
  if (file !== null && !(e instanceof Error)) return { code: USAGE, text: oneLine(`${file}: it throws ${String(e)}`) };
  if (file !== null && e instanceof Error) {
    const line = lineIn(e, file);
    if (line !== null) return { code: USAGE, text: oneLine(`${file}:${line}: ${e.name}: ${e.message}`) };
  }
  const stack = e instanceof Error ? (e.stack ?? e.message) : String(e);
  return { code: DEFECT, text: `this is a defect of paelab:\n${stack}` };
}

/** Line of the innermost frame that lies in the file, as it is found in the stack after source mapping. */
function lineIn(e: Error, file: string): string | null {
  for (const frame of (e.stack ?? '').split('\n')) {
    const m = /^\s+at .*?([^/\\]+):(\d+):\d+\)?$/.exec(frame);
    if (m !== null && file.split(/[/\\]/).at(-1) === m[1]) return m[2]!;
  }
  return null;
}

export function tell(failure: Failure): void {
  process.stderr.write(`paelab: ${failure.text}\n`);
}
