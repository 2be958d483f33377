// SPDX-License-Identifier: GPL-2.0-only
/**
 * Wakeup trees as flat data: a branch may be as deep as an execution is long, and whoever copies or writes nested objects recurses.
 *
 * Reference: none.
 */
import type { Footprint } from '../../../cpu/footprint.ts';
import type { Node } from './wakeup-tree.ts';

/** Nodes in preorder: of each its event, whether it is closed, and how many children it has. */
export interface Forest {
  roots: number;
  events: Footprint[];
  closed: boolean[];
  degrees: number[];
}

/** Each node before its children. @param outline without what is below closed nodes */
export function* preorder(roots: readonly Node[], outline = false): Generator<Node> {
  const waiting = roots.toReversed();
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    yield node;
    if (!outline || !node.closed) for (let i = node.children.length - 1; i >= 0; i--) waiting.push(node.children[i]!);
  }
}

export function flatten(roots: readonly Node[], outline = false): Forest {
  const forest: Forest = { roots: roots.length, events: [], closed: [], degrees: [] };
  for (const { event, closed, children } of preorder(roots, outline)) {
    forest.events.push(event);
    forest.closed.push(closed);
    forest.degrees.push(outline && closed ? 0 : children.length);
  }
  return forest;
}

/** @returns the roots */
export function unflatten({ events, closed, degrees }: Forest): Node[] {
  const roots: Node[] = [];
  const open: { children: Node[]; missing: number }[] = [];
  for (const [i, event] of events.entries()) {
    while (open.at(-1)?.missing === 0) open.pop();
    const above = open.at(-1);
    const node: Node = { event, children: [], closed: closed[i]! };
    if (above !== undefined) above.missing--;
    (above?.children ?? roots).push(node);
    if (degrees[i]! > 0) open.push({ children: node.children, missing: degrees[i]! });
  }
  return roots;
}
