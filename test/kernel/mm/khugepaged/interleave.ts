// SPDX-License-Identifier: GPL-2.0-only
/**
 * Two programs, one on each CPU of a direct machine, in an order that the test writes down: so what another CPU does at a certain place of a collapse
 * can be said exactly, and comes about every time.
 */
import { runAtOnce, serve } from '../../../../cpu/direct.ts';
import { BLOCK, LOAD } from '../../../../cpu/kinds.ts';
import { isReady } from '../../../../cpu/next.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import type { DirectMachine } from '../../direct-machine.ts';

/** Asked after each operation of the program that runs. */
export type When = (c: Vcpu) => boolean;

/** One stretch: the CPU whose program runs, and after which operation it is interrupted; without that it runs to its end, or until it waits. */
export type Stretch = readonly [cpu: number, until?: When];

/**
 * @returns what each program returns, by CPU
 * @throws Error where a place is not reached, or a program has not ended by the end of the plan
 */
export function interleave(d: DirectMachine, programs: readonly ((c: Vcpu) => Code<number>)[], plan: readonly Stretch[]): number[] {
  const running = programs.map((program, cpu) => program(d.m.contexts[cpu]!));
  const armed = programs.map(() => false);
  const results: number[] = [];
  for (const [i, [cpu, until]] of plan.entries()) {
    const c = d.m.contexts[cpu]!;
    if (c.kind === BLOCK) armed[cpu] = false; // a loop that spins looks again
    let there = false;
    while (!there && results[cpu] === undefined) {
      if (armed[cpu] === false) {
        const step = running[cpu]!.next();
        if (step.done === true) {
          results[cpu] = step.value;
          continue;
        }
        armed[cpu] = true;
      }
      while (!isReady(c) && serve(d.m));
      if (!isReady(c)) break;
      runAtOnce(c);
      armed[cpu] = false;
      there = until?.(c) === true;
    }
    if (until !== undefined && !there) throw new Error(`stretch ${i} does not get to its place`);
  }
  while (serve(d.m));
  for (const cpu of programs.keys())
    if (results[cpu] === undefined) throw new Error(`the program of CPU ${cpu} waits for ${d.m.nameOf(d.m.contexts[cpu]!.at)}`);
  return results;
}

/** Has a lock been given back for the n-th time? @param at a word that is 0 while nobody has it */
export function released(d: DirectMachine, at: Ptr, n = 1): When {
  let held = false;
  let times = 0;
  return () => {
    const now = d.m.mem.words[at]! !== 0;
    if (held && !now) times++;
    held = now;
    return times === n;
  };
}

/** Has a lock been taken for the n-th time? */
export function taken(d: DirectMachine, at: Ptr, n = 1): When {
  let held = false;
  let times = 0;
  return () => {
    const now = d.m.mem.words[at]! !== 0;
    if (!held && now) times++;
    held = now;
    return times === n;
  };
}

/** Has a word been looked at for the n-th time, by a marked load? */
export function looked(at: Ptr, n = 1): When {
  let times = 0;
  return (c) => {
    if (c.kind === LOAD && c.at === at) times++;
    return times === n;
  };
}

/** Has a bit of a word been set, or cleared, by somebody? */
export function flips(d: DirectMachine, at: Ptr, bit: number, to: boolean): When {
  const now = (): boolean => ((d.m.mem.words[at]! >>> bit) & 1) === 1;
  let before: boolean | null = null;
  return () => {
    const flipped = before === !to && now() === to;
    before = now();
    return flipped;
  };
}
