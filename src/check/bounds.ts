// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a search was bounded by, beyond the scenario's own bounds, and what a random one promises, in words.
 */
import { chanceOfAll, chanceOfOne, type Guarantee } from '../engines/pct.ts';

export interface Bound {
  /** "2 preemptions": for "holds within ...". */
  name: string;
  /** One sentence. */
  text: string;
}

const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

export function boundsOf(preemptions: number | undefined, bufferDepth: number | undefined): Bound[] {
  const bounds: Bound[] = [];
  if (preemptions !== undefined) {
    bounds.push({
      name: count(preemptions, 'preemption'),
      text: `at most ${count(preemptions, 'preemption')}: a switch away from a vCPU that could go on, an interrupt where its program could go on, and a store that its own code leaves behind in the buffer are one each`,
    });
  }
  if (bufferDepth !== undefined) {
    bounds.push({
      name: `${count(bufferDepth, 'buffered store')}`,
      text: `at most ${count(bufferDepth, 'store')} in a store buffer: a further one waits`,
    });
  }
  return bounds;
}

export const RANDOM_PROVES_NOTHING = 'random executions prove nothing';

export function guaranteeText(g: Guarantee): string {
  const power = g.depth === 1 ? '' : `*${g.transitions}${g.depth === 2 ? '' : `^${g.depth - 1}`}`;
  const p = (x: number): string => x.toPrecision(2);
  return (
    `${RANDOM_PROVES_NOTHING}; pct finds a bug of depth ${g.depth} with probability at least 1/(${g.actors}${power}) = ${p(chanceOfOne(g))} in one run, ` +
    `${p(chanceOfAll(g))} in ${g.runs}: estimated from the ${g.actors} actors that moved and the ${g.transitions} transitions of the longest run`
  );
}
