// SPDX-License-Identifier: GPL-2.0-only
/** What the exploration of a random program is compared with. */
import type { Machine } from '../../cpu/machine.ts';
import { everyClass, watchClasses } from './classes.ts';
import { finalStates, type Rule } from './explicit-state.ts';
import { explore } from './explore.ts';
import { type BuiltProgram, buildMachine, type Program } from './programs.ts';

/** What was compared; null: the program is too large for the oracle. */
export type Verdict = { missing: string[]; extra: string[]; redundant: number; doubled: number; size: number } | null;

/** What a mutant does to the machine that is explored. */
export type Change = (m: Machine) => void;

const MOST_CLASSES = 3000;

/** The final states of the exploration against those that are expected. */
export function against(expected: ReadonlySet<string> | null, { m, state }: BuiltProgram, change: Change, mostClasses: number): Verdict {
  if (expected === null) return null;
  change(m);
  const { stats, states } = explore(m, state, () => {}, mostClasses);
  if (stats.executions + stats.blocked + stats.unrealisable >= mostClasses) return null;
  return {
    missing: [...expected].filter((s) => !states.includes(s)),
    extra: states.filter((s) => !expected.has(s)),
    redundant: stats.redundant,
    doubled: 0,
    size: expected.size,
  };
}

/** Expected is what the search with a visited set finds. */
export const compareStates = (program: Program, change: Change = () => {}, most = 20_000): Verdict =>
  against(finalStates(program, most), buildMachine(program), change, MOST_CLASSES);

/** Expected is what it would find if a rule of the processor did not hold. */
export const compareWithout =
  (rule: Rule) =>
  (program: Program): Verdict =>
    against(finalStates(program, 20_000, Infinity, rule), buildMachine(program), () => {}, MOST_CLASSES);

/** The classes of the exploration against those of all orders of the transitions. */
export function compareClasses(program: Program, change: Change = () => {}, most = 6000): Verdict {
  const expected = everyClass(buildMachine(program).m, most);
  if (expected === null) return null;
  const { m } = buildMachine(program);
  change(m);
  const classOf = watchClasses(m);
  const classes: string[] = [];
  const { stats } = explore(
    m,
    () => '',
    () => classes.push(classOf()),
  );
  const found = new Set(classes);
  return {
    missing: [...expected].filter((s) => !found.has(s)),
    extra: [...found].filter((s) => !expected.has(s)),
    redundant: stats.redundant,
    doubled: classes.length - found.size,
    size: expected.size,
  };
}

export const agrees = (v: Verdict): boolean =>
  v === null || (v.missing.length === 0 && v.extra.length === 0 && v.redundant === 0 && v.doubled === 0);
