// SPDX-License-Identifier: GPL-2.0-only
/**
 * A handler and what it interrupts are explored as contexts of their own, so that a handler which touches nothing of the program's costs one
 * execution and not one for each instruction boundary. That lets a program move while its handler runs, which no processor does. Whether a
 * class has an order without that is settled here, exactly: each run of the interrupt handler must fit into one gap between two steps of its
 * program (transitions and store issues, in program order), each run of the NMI handler into one between two steps of the program and those
 * runs, with every store issued before the gap drained before entry.
 *
 * A handler that a violation ends does not return: what it has interrupted goes on in the exploration, and not on a processor. Then it is
 * the causes of the violation that must have such an order.
 *
 * Reference: Intel SDM Vol. 3A 6.6, 6.7 (interrupts and NMIs are taken at instruction boundaries), 12.10 (the store buffer drains on an
 * interrupt).
 */
import { DEAD, DRAIN } from '../../../cpu/kinds.ts';
import type { Machine } from '../../../cpu/machine.ts';
import { isEntry, isReturn } from '../../../cpu/rmw.ts';
import { HANDLER, isHandler } from '../../../cpu/vcpu.ts';
import { causesOf } from './causes.ts';
import type { Execution } from './execution.ts';
import { type Edge, linearise } from './linearise.ts';

/** One run of a handler: its events, and whether it returned. */
interface Block {
  ctx: number;
  cpu: number;
  role: number;
  events: number[];
  returned: boolean;
  /** Place in the program that it has been put into, if it is one of the interrupt handler. */
  gap: number;
}

/** One step of a context: a transition, or a store; `event` is the transition, or the store's drain. */
interface Step {
  event: number;
  store: boolean;
  /** Belongs to the same instruction as the step before. */
  continues: boolean;
}

/** Can a processor run the class, or as much of it as a violation in a handler takes? */
export const isReal = (m: Machine, x: Execution): boolean => realise(m, x) !== null || realDeath(m, x) !== null;

/** @returns the causes of a violation that ended a handler, if a processor can run them, or null */
export function realDeath(m: Machine, x: Execution): Execution | null {
  for (const c of m.contexts) {
    if (c.kind !== DEAD || !isHandler(c)) continue;
    let last = x.length - 1;
    while (x.events[last]!.actor !== c.ctx) last--;
    const causes = causesOf(m, x, [last]);
    if (realise(m, causes) !== null) return causes;
  }
  return null;
}

/**
 * @param order makes the order once every handler has its gap; that of `linearise` is found quickly
 * @returns an order in which nobody moves while a handler that has interrupted him runs, or null if the class has none
 */
export function realise(m: Machine, x: Execution, order = linearise): Int32Array | null {
  const blocks = findBlocks(m, x).sort((a, b) => a.role - b.role);
  const cpuOf = (ctx: number): number => m.contexts[ctx]!.id;
  return place(x, blocks, 0, [], cpuOf, order);
}

/** Puts block i and all later ones into gaps. */
function place(
  x: Execution,
  blocks: readonly Block[],
  i: number,
  edges: readonly Edge[],
  cpuOf: (ctx: number) => number,
  inOrder: typeof linearise,
): Int32Array | null {
  const block = blocks[i];
  if (block === undefined) return inOrder(x, cpuOf, edges);
  const list = stepsBelow(x, block, blocks);
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
    block.gap = g;
    const order = place(x, blocks, i + 1, more, cpuOf, inOrder);
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
    if (!isHandler(c)) continue;
    if (r.kind !== DRAIN && isEntry(r.fn)) {
      const block: Block = { ctx: r.ctx, cpu: c.id, role: c.role, events: [], returned: false, gap: 0 };
      open.set(r.ctx, block);
      blocks.push(block);
    }
    const block = open.get(r.ctx)!;
    block.events.push(i);
    if (r.kind !== DRAIN && isReturn(r.fn)) block.returned = true;
  }
  return blocks;
}

/** What a block may interrupt, in order: the program, and for an NMI the runs of the interrupt handler in it. */
function stepsBelow(x: Execution, block: Block, blocks: readonly Block[]): Step[] {
  const program = stepsOf(x, block.cpu);
  if (block.role === HANDLER) return program;
  const steps: Step[] = [];
  for (let k = 0; k <= program.length; k++) {
    for (const b of blocks) {
      if (b.role !== HANDLER || b.cpu !== block.cpu || b.gap !== k) continue;
      for (const s of stepsOf(x, b.ctx)) if (b.events.includes(s.event)) steps.push(s);
    }
    if (k < program.length) steps.push(program[k]!);
  }
  return steps;
}

const stepOf = (x: Execution, event: number, store: boolean): Step => ({ event, store, continues: x.events[event]!.continues });

/** The steps of a context: each transition, and behind it the stores that it was followed by. */
function stepsOf(x: Execution, ctx: number): Step[] {
  const transitions: number[] = [];
  const drains: number[] = [];
  for (let i = 0; i < x.length; i++) if (x.events[i]!.ctx === ctx) (x.events[i]!.kind === DRAIN ? drains : transitions).push(i);
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
