// SPDX-License-Identifier: GPL-2.0-only
/**
 * Wakeup trees: at each depth, the sequences of events that are still to be run from there, as an ordered tree.
 * Reference: Abdulla, Aronis, Jonsson, Sagonas, "Optimal dynamic partial order reduction" (POPL 2014), sections 5 and 6.
 */
import type { Footprint } from '../../../cpu/footprint.ts';
import { dependent } from './dependence.ts';

export interface Node {
  event: Footprint;
  children: Node[];
}

/** What is known at one depth of the present path. */
export interface Frame {
  /** Events whose every continuation from here has been run. */
  sleep: Footprint[];
  /** branches[0] is being run. */
  branches: Node[];
}

const NO = -1;
const NOT_IN_V = -2;

/** Can an execution that begins with v also begin with r? NO, NOT_IN_V, or r's index in v. */
function weakInitial(r: Footprint, v: readonly Footprint[], contexts: number): number {
  for (let i = 0; i < v.length; i++) {
    const q = v[i]!;
    if (q.actor !== r.actor) continue;
    if (q.choice !== r.choice) return NO;
    for (let j = 0; j < i; j++) if (dependent(v[j]!, q, contexts)) return NO;
    return i;
  }
  for (let i = 0; i < v.length; i++) if (dependent(r, v[i]!, contexts)) return NO;
  return NOT_IN_V;
}

/** Is everything that begins with v, whatever comes behind it, run already? */
export function asleep(frame: Frame, v: readonly Footprint[], contexts: number): boolean {
  for (const s of frame.sleep) if (weakInitial(s, v, contexts) >= 0) return true;
  return false;
}

/** Sees to it that some execution equivalent to one that begins with v is run from this frame. @returns nodes added */
export function insert(frame: Frame, sequence: Footprint[], contexts: number): number {
  for (const s of frame.sleep) if (weakInitial(s, sequence, contexts) !== NO) return 0;
  let v = sequence;
  let nodes = frame.branches;
  let from = 1;
  for (;;) {
    let found: Node | null = null;
    let at = NO;
    for (let i = from; i < nodes.length && found === null; i++) {
      at = weakInitial(nodes[i]!.event, v, contexts);
      if (at !== NO) found = nodes[i]!;
    }
    from = 0;
    if (found === null) {
      for (const event of v) {
        const node: Node = { event, children: [] };
        nodes.push(node);
        nodes = node.children;
      }
      return v.length;
    }
    if (found.children.length === 0) return 0;
    if (at >= 0) {
      v = v.filter((_, i) => i !== at);
      if (v.length === 0) return 0;
    }
    nodes = found.children;
  }
}
