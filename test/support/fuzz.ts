// SPDX-License-Identifier: GPL-2.0-only
/** The random programs of the ordinary and of the long run: what each family is made of, and what it is compared with. */
import fc from 'fast-check';
import { agrees, type Change, compareClasses, compareStates, type Verdict } from './agreement.ts';
import {
  failingPrograms,
  interruptedPrograms,
  interruptOps,
  nmiPrograms,
  type Op,
  type Program,
  plainOps,
  programs,
  quietWaits,
  updateOps,
  waitOps,
} from './programs.ts';

export interface Family {
  programs: fc.Arbitrary<Program>;
  compare: (p: Program, change?: Change) => Verdict;
}

const accesses = plainOps.slice(0, 5);
const quietOps = [...updateOps, ...quietWaits];
const halts = [fc.constantFrom<Op>({ op: 'hlt' }, { op: 'stiHlt' })];

export const FAMILIES = {
  'classes: accesses, locked operations, 8-byte cells, choices': { programs: programs(plainOps, 4), compare: compareClasses },
  'classes: the same with waits': { programs: programs([...plainOps, ...waitOps], 4), compare: compareClasses },
  'states: longer, with waits and commuting updates': {
    programs: programs([...plainOps, ...waitOps, ...quietOps], 5),
    compare: compareStates,
  },
  'states: mostly commuting updates': { programs: programs([...quietOps, ...quietOps, ...accesses], 5), compare: compareStates },
  'states: interrupts among accesses': {
    programs: interruptedPrograms([...accesses, ...interruptOps(2)], plainOps, 5),
    compare: compareStates,
  },
  'states: interrupts among everything': {
    programs: interruptedPrograms([...plainOps, ...waitOps, ...quietOps], [...plainOps, ...updateOps], 5),
    compare: compareStates,
  },
  'states: interrupts and waits': {
    programs: interruptedPrograms([...accesses, ...waitOps, ...interruptOps(2)], accesses, 5),
    compare: compareStates,
  },
  'states: interrupts and HLT': { programs: interruptedPrograms([...accesses, ...halts], accesses, 5), compare: compareStates },
  'states: interrupts and NMIs among accesses': { programs: nmiPrograms(accesses, accesses, 4), compare: compareStates },
  'states: interrupts and NMIs among everything': {
    programs: nmiPrograms([...plainOps, ...waitOps, ...quietOps, ...halts], [...plainOps, ...updateOps], 5),
    compare: compareStates,
  },
  'states: interrupts and violations in handlers': {
    programs: failingPrograms(accesses, 4),
    compare: compareStates,
  },
} satisfies Record<string, Family>;

/**
 * Runs a family until a program disagrees.
 * @returns such a program and how it disagrees, or null; the smallest one, unless a mutant is to be shown
 */
export function fuzz(family: Family, runs: number, seed: number, change?: Change): { program: Program; verdict: Verdict } | null {
  const same = fc.property(family.programs, (p) => agrees(family.compare(p, change)));
  const found = fc.check(same, { numRuns: runs, seed, endOnFailure: change !== undefined });
  if (!found.failed) return null;
  if (found.counterexample === null) throw new Error(fc.defaultReportMessage(found));
  const [program] = found.counterexample;
  return { program, verdict: family.compare(program, change) };
}
