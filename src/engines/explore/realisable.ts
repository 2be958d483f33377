// SPDX-License-Identifier: GPL-2.0-only
/**
 * A handler and the program that it interrupts are explored as contexts of their own, so that a handler which touches nothing of the
 * program's costs one execution and not one for each instruction boundary. That lets a program move while its handler runs, which no
 * processor does. Whether a class has an order without that is settled here, exactly: each handler must fit into one gap between two steps
 * of its program (transitions and store issues, in program order), with every store issued before the gap drained before entry.
 *
 * Reference: Intel SDM Vol. 3A 6.6 (interrupts are taken at instruction boundaries), 12.10 (the store buffer drains on an interrupt).
 */
import { DEAD, DRAIN } from '../../../cpu/kinds.ts';
import type { Machine } from '../../../cpu/machine.ts';
import { ENTER, EXIT } from '../../../cpu/rmw.ts';
import { HANDLER } from '../../../cpu/vcpu.ts';
import { causesOf } from './causes.ts';
import type { Execution } from './execution.ts';
import { type Edge, linearise } from './linearise.ts';

/** One run of a handler: its events, and whether it returned. */
interface Block {
  cpu: number;
  events: number[];
  returned: boolean;
}

/** One step of a program: a transition, or a store; `event` is the transition, or the store's drain. */
interface Step {
  event: number;
  store: boolean;
  /** Belongs to the same instruction as the step before. */
  continues: boolean;
}

/** Can a processor run the class, or as much of it as a violation in a handler takes? */
export const isReal = (m: Machine, x: Execution): boolean => realise(m, x) !== null || realDeath(m, x) !== null;

/**
 * A handler that a violation ends does not return, and in the exploration its program goes on.
 * @returns the causes of such a violation, if a processor can run them, or null
 */
export function realDeath(m: Machine, x: Execution): Execution | null {
  for (const c of m.contexts) {
    if (c.kind !== DEAD || c.role !== HANDLER) continue;
    let last = x.length - 1;
    while (x.events[last]!.actor !== c.ctx) last--;
    const causes = causesOf(m, x, [last]);
    if (realise(m, causes) !== null) return causes;
  }
  return null;
}

/**
 * @param order makes the order once every handler has its gap; that of `linearise` is found quickly
 * @returns an order in which no program moves while its handler runs, or null if the class has none
 */
export function realise(m: Machine, x: Execution, order = linearise): Int32Array | null {
  const blocks = findBlocks(m, x);
  const steps = blocks.map((b) => stepsOf(x, b.cpu));
  const cpuOf = (ctx: number): number => m.contexts[ctx]!.id;
  return place(x, blocks, steps, 0, [], cpuOf, order);
}

/** Puts block i and all later ones into gaps. */
function place(
  x: Execution,
  blocks: Block[],
  steps: Step[][],
  i: number,
  edges: readonly Edge[],
  cpuOf: (ctx: number) => number,
  inOrder: typeof linearise,
): Int32Array | null {
  const block = blocks[i];
  if (block === undefined) return inOrder(x, cpuOf, edges);
  const list = steps[i]!;
  let lo = 0;
  let hi = list.length;
  list.forEach((s, k) => {
    if (block.events.some((h) => x.before(s.event, h))) lo = Math.max(lo, k + 1);
    if (hi > k && block.events.some((h) => x.before(h, s.event))) hi = k;
  });
  if (!block.returned && hi < list.length) return null;
  const natural = list.filter((s) => s.event < block.events[0]!).length;
  const gaps: number[] = [];
  for (let g = block.returned ? lo : list.length; g <= hi; g++) if (list[g]?.continues !== true) gaps.push(g);
  gaps.sort((a, b) => Math.abs(a - natural) - Math.abs(b - natural));
  for (const g of gaps) {
    const more = [...edges, ...list.map((s, k): Edge => (k < g ? [s.event, block.events[0]!] : [block.events.at(-1)!, s.event]))];
    if (linearise(x, cpuOf, more) === null) continue;
    const order = place(x, blocks, steps, i + 1, more, cpuOf, inOrder);
    if (order !== null) return order;
  }
  return null;
}

function findBlocks(m: Machine, x: Execution): Block[] {
  const open = new Map<number, Block>();
  const blocks: Block[] = [];
  for (let i = 0; i < x.length; i++) {
    const r = x.events[i]!;
    const c = m.contexts[r.ctx]!;
    if (c.role !== HANDLER) continue;
    if (r.kind !== DRAIN && r.fn === ENTER) {
      const block: Block = { cpu: c.id, events: [], returned: false };
      open.set(c.id, block);
      blocks.push(block);
    }
    const block = open.get(c.id)!;
    block.events.push(i);
    if (r.kind !== DRAIN && r.fn === EXIT) block.returned = true;
  }
  return blocks;
}

const stepOf = (x: Execution, event: number, store: boolean): Step => ({ event, store, continues: x.events[event]!.continues });

/** The program of a vCPU: each transition, and behind it the stores that it was followed by. */
function stepsOf(x: Execution, cpu: number): Step[] {
  const transitions: number[] = [];
  const drains: number[] = [];
  for (let i = 0; i < x.length; i++) if (x.events[i]!.ctx === cpu) (x.events[i]!.kind === DRAIN ? drains : transitions).push(i);
  const steps: Step[] = [];
  let d = 0;
  const stores = (place: number): void => {
    for (; d < drains.length && x.events[drains[d]!]!.issuedAt <= place; d++) steps.push(stepOf(x, drains[d]!, true));
  };
  stores(0);
  for (const t of transitions) {
    steps.push(stepOf(x, t, false));
    stores(x.events[t]!.place);
  }
  return steps;
}
