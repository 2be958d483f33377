// SPDX-License-Identifier: GPL-2.0-only
/**
 * A part of the search tree as plain data, so that another thread, or a later process, can go on with it: the frames of a path, of which those from
 * `root` on belong to the part. What has to be run from a frame above is told to whoever has the rest of the tree.
 *
 * Reference: none; the records of a tree stay true in every execution that begins like theirs, hence in other processes too.
 */
import { Footprint } from '../../../cpu/footprint.ts';
import type { Frame, Node } from './wakeup-tree.ts';

export interface Subtree {
  root: number;
  frames: Frame[];
}

/** Behind the first `depth` events of the subtree's path, v is to be run too. */
export interface Insertion {
  depth: number;
  v: readonly Footprint[];
}

export const WHOLE = (): Subtree => ({ root: 0, frames: [] });

/** Gives the records that came as plain data their class back; one that stands in several places stays one. */
export class Reviver {
  private readonly known = new Map<Footprint, Footprint>();

  event(plain: Footprint): Footprint {
    let event = this.known.get(plain);
    if (event === undefined) this.known.set(plain, (event = new Footprint().copyFrom(plain)));
    return event;
  }

  node(plain: Node): Node {
    return { event: this.event(plain.event), children: plain.children.map((n) => this.node(n)), closed: plain.closed };
  }

  subtree({ root, frames }: Subtree): Subtree {
    return {
      root,
      frames: frames.map(({ sleep, inherited, branches }) => ({
        sleep: sleep.map((s) => this.event(s)),
        inherited,
        branches: branches.map((n) => this.node(n)),
      })),
    };
  }
}
