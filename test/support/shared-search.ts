// SPDX-License-Identifier: GPL-2.0-only
/**
 * One search by several searchers that take turns: each runs some executions of its subtree and gives the rest back; between two turns subtrees are
 * split, and the whole tree may go through text. Which is next, for how long, is drawn from a seed.
 */
import { deserialize, serialize } from 'node:v8';
import type { Machine } from '../../cpu/machine.ts';
import { type Finding, Optimal } from '../../src/engines/explore/optimal.ts';
import { SearchTree, type Share, type TreeImage } from '../../src/engines/explore/search-tree.ts';
import { Reviver, type Subtree } from '../../src/engines/explore/subtree.ts';
import { drive } from '../../src/engines/strategy.ts';

export interface Shared {
  executions: number;
  blocked: number;
  redundant: number;
  unrealisable: number;
  /** Turns taken, and how often the tree was split and went through text. */
  turns: number;
  splits: number;
  texts: number;
}

/**
 * @param m the machine of all searchers, one after the other
 * @param most give up after so many turns
 */
export function exploreShared(
  m: Machine,
  seed: number,
  onExecution: (m: Machine, f: Finding) => void = () => {},
  most = Number.POSITIVE_INFINITY,
): Shared {
  let x = seed | 1;
  const draw = (n: number): number => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
  const sum: Shared = { executions: 0, blocked: 0, redundant: 0, unrealisable: 0, turns: 0, splits: 0, texts: 0 };
  let tree = new SearchTree();
  const out: Share[] = [];
  while (!tree.over && sum.turns < most) {
    while (out.length < 3) {
      if (draw(2) === 0 && tree.split()) sum.splits++;
      const shares = tree.take(3);
      if (shares.length === 0) break;
      out.push(...shares);
    }
    const share = out.splice(draw(out.length), 1)[0]!;
    const sent = deserialize(serialize(share.subtree)) as Subtree;
    const search = new Optimal(onExecution, new Reviver().part(sent));
    let left = 1 + draw(6);
    drive(m, search, () => left-- > 0);
    const { executions, blocked, redundant, unrealisable } = search.stats;
    sum.executions += executions;
    sum.blocked += blocked;
    sum.redundant += redundant;
    sum.unrealisable += unrealisable;
    sum.turns++;
    tree.giveBack(share, search.rest, search.outside, m.contexts.length);
    if (out.length === 0 && draw(3) === 0) {
      tree = new SearchTree(deserialize(serialize(tree.image)) as TreeImage);
      sum.texts++;
    }
  }
  return sum;
}
