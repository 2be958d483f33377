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
  /** It was the last of its sequence when it was inserted: all that begins like it is run from here, whatever has been added behind it. */
  closed: boolean;
}

/** What is known at one depth of the present path. */
export interface Frame {
  /** Events whose every continuation from here is run elsewhere: those of the frame above that are still independent, then the elder branches. */
  sleep: Footprint[];
  /** How many of them come from the frame above; -1: not known yet. */
  inherited: number;
  /** branches[0] is being run. */
  branches: Node[];
}

const NO = -1;
const NOT_IN_V = -2;

/** Can an execution that begins with v also begin with r? NO, NOT_IN_V, or r's index in v. @param length of v */
function weakInitial(r: Footprint, v: readonly Footprint[], length: number, contexts: number): number {
  for (let i = 0; i < length; i++) {
    const q = v[i]!;
    if (q.actor !== r.actor) continue;
    if (q.choice !== r.choice) return NO;
    for (let j = 0; j < i; j++) if (dependent(v[j]!, q, contexts)) return NO;
    return i;
  }
  for (let i = 0; i < length; i++) if (dependent(r, v[i]!, contexts)) return NO;
  return NOT_IN_V;
}

/** Sees to it that some execution equivalent to one that begins with v is run from this frame. @returns whether it was not to be run before */
export function insert(frame: Frame, v: readonly Footprint[], contexts: number): boolean {
  const { sleep } = frame;
  for (let i = 0; i < sleep.length; i++) if (weakInitial(sleep[i]!, v, v.length, contexts) !== NO) return false;
  return graft(frame.branches, 1, v, contexts);
}

/** What is left of the sequence that is being inserted, on the way down. */
const left: Footprint[] = [];

/** The same for siblings, of which those in front of `from` are known not to cover v. */
export function graft(siblings: Node[], from: number, v: readonly Footprint[], contexts: number): boolean {
  let length = v.length;
  for (let i = 0; i < length; i++) left[i] = v[i]!;
  let nodes = siblings;
  let first = from;
  for (;;) {
    let found: Node | null = null;
    let at = NO;
    for (let i = first; i < nodes.length && found === null; i++) {
      at = weakInitial(nodes[i]!.event, left, length, contexts);
      if (at !== NO) found = nodes[i]!;
    }
    first = 0;
    if (found === null) {
      // From its end: an array that is made with one element has room for one, and not for seventeen.
      let chain: Node = { event: left[length - 1]!, children: [], closed: true };
      for (let i = length - 2; i >= 0; i--) chain = { event: left[i]!, children: [chain], closed: false };
      nodes.push(chain);
      return true;
    }
    if (found.closed) return false;
    if (at >= 0) {
      length--;
      for (let i = at; i < length; i++) left[i] = left[i + 1]!;
      if (length === 0) return false;
    }
    nodes = found.children;
  }
}
