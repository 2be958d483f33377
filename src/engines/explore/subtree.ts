// SPDX-License-Identifier: GPL-2.0-only
/**
 * A part of the search tree as plain data, so that another thread, or a later process, can go on with it: the frames of a path, of which those from
 * `root` on belong to the part. What has to be run from a frame above is told to whoever has the rest of the tree.
 *
 * Reference: none; the records of a tree stay true in every execution that begins like theirs, hence in other processes too.
 */
import { Footprint } from '../../../cpu/footprint.ts';
import { type Forest, flatten, unflatten } from './forest.ts';
import type { Frame } from './wakeup-tree.ts';

/** The same, as a search has it. */
export interface Part {
  root: number;
  frames: Frame[];
}

export interface Subtree {
  root: number;
  frames: (Omit<Frame, 'branches'> & { branches: Forest })[];
}

/** Behind the first `depth` events of the subtree's path, v is to be run too. */
export interface Insertion {
  depth: number;
  v: readonly Footprint[];
}

export const WHOLE = (): Part => ({ root: 0, frames: [] });

/** What is below a branch that is being run lies in the next frame, if there is one. */
export function pack({ root, frames }: Part): Subtree {
  return {
    root,
    frames: frames.map(({ sleep, inherited, branches }, d) => {
      const [own, ...others] = branches;
      const known = d < frames.length - 1 && own !== undefined ? [{ ...own, children: [] }, ...others] : branches;
      return { sleep, inherited, branches: flatten(known) };
    }),
  };
}

/** Gives the records that came as plain data their class back; one that stands in several places stays one. */
export class Reviver {
  private readonly known = new Map<Footprint, Footprint>();

  event(plain: Footprint): Footprint {
    let event = this.known.get(plain);
    if (event === undefined) this.known.set(plain, (event = new Footprint().copyFrom(plain)));
    return event;
  }

  forest(plain: Forest): Forest {
    return { ...plain, events: plain.events.map((e) => this.event(e)) };
  }

  part({ root, frames }: Subtree): Part {
    return {
      root,
      frames: frames.map(({ sleep, inherited, branches }) => ({
        sleep: sleep.map((s) => this.event(s)),
        inherited,
        branches: unflatten(this.forest(branches)),
      })),
    };
  }

  subtree({ root, frames }: Subtree): Subtree {
    return {
      root,
      frames: frames.map(({ sleep, inherited, branches }) => ({
        sleep: sleep.map((s) => this.event(s)),
        inherited,
        branches: this.forest(branches),
      })),
    };
  }
}
