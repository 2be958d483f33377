// SPDX-License-Identifier: GPL-2.0-only
/**
 * Several searchers of one tree, in any order, stopped and sent through text: each class once, as in one search.
 * Seeded. Time budget: 10 s.
 */
import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Footprint } from '../../../cpu/footprint.ts';
import type { Machine } from '../../../cpu/machine.ts';
import { type Forest, flatten, unflatten } from '../../../src/engines/explore/forest.ts';
import { Optimal } from '../../../src/engines/explore/optimal.ts';
import { SearchTree } from '../../../src/engines/explore/search-tree.ts';
import type { Node } from '../../../src/engines/explore/wakeup-tree.ts';
import { dekker, fib, indexer, lastzero, peterson, readers, sbpairs, spin, ticket } from '../../../src/litmus/benchmarks.ts';
import { watchClasses } from '../../support/classes.ts';
import { explore } from '../../support/explore.ts';
import { FAMILIES } from '../../support/fuzz.ts';
import { buildMachine, type Program } from '../../support/programs.ts';
import { exploreShared } from '../../support/shared-search.ts';

afterEach(() => vi.restoreAllMocks());

describe('as many executions as in one search:', () => {
  test.each([
    ['fib 3', () => fib(3)],
    ['lastzero 6', () => lastzero(6)],
    ['indexer 12', () => indexer(12)],
    ['readers 6', () => readers(6)],
    ['sbpairs 3', () => sbpairs(3)],
    ['peterson 2', () => peterson(2)],
    ['dekker 2', () => dekker(2)],
    ['ticket 4', () => ticket(4, 'await')],
    ['spin 4', () => spin(4, 'acquire')],
  ] as [string, () => Machine][])('%s', (_, build) => {
    const { executions, unrealisable } = explore(build()).stats;
    for (let seed = 1; seed <= 3; seed++) {
      const shared = exploreShared(build(), seed * 7919);
      expect(shared).toMatchObject({ executions, unrealisable, redundant: 0 });
      expect(shared.turns).toBeGreaterThan(executions / 8);
    }
  });
});

const MOST = 300;

/** The classes that searches of a random program run, sorted, each as often as it is run; null: too many. */
function classesOf(program: Program, seed: number | null): string[] | null {
  const { m } = buildMachine(program);
  const classOf = watchClasses(m);
  const classes: string[] = [];
  const each = (): void => void classes.push(classOf());
  if (seed !== null) exploreShared(m, seed, each, 4 * MOST);
  else explore(m, () => '', each, MOST);
  return seed === null && classes.length >= MOST ? null : classes.sort();
}

function disagreement(runs: number): Program | null {
  const family = fc.oneof(
    FAMILIES['classes: the same with waits'].programs,
    FAMILIES['states: mostly commuting updates'].programs,
    FAMILIES['states: interrupts among everything'].programs,
  );
  const same = fc.property(family, fc.integer({ min: 1, max: 1e9 }), (program, seed) => {
    const alone = classesOf(program, null);
    return alone === null || JSON.stringify(classesOf(program, seed)) === JSON.stringify(alone);
  });
  const found = fc.check(same, { numRuns: runs, seed: 1, endOnFailure: true });
  return found.failed ? found.counterexample![0] : null;
}

test('a branch as deep as a long execution goes through text too', () => {
  const event = new Footprint();
  let node: Node = { event, children: [], closed: true };
  for (let i = 0; i < 20_000; i++) node = { event, children: [node], closed: false };
  const forest = deserialize(serialize(flatten([node, node]))) as Forest;
  expect(flatten(unflatten(forest))).toEqual(forest);
});

describe('the classes of random programs', () => {
  test('are those of one search, each once', () => {
    expect(disagreement(400)).toBeNull();
  });

  test('are not, where what a subtree finds for others is lost', () => {
    const giveBack = SearchTree.prototype.giveBack;
    vi.spyOn(SearchTree.prototype, 'giveBack').mockImplementation(function (this: SearchTree, share, rest, _, contexts) {
      giveBack.call(this, share, rest, [], contexts);
    });
    expect(disagreement(400)).not.toBeNull();
  });

  test('are not, where a branch does not leave to its elder siblings what they cover', () => {
    const take = SearchTree.prototype.take;
    vi.spyOn(SearchTree.prototype, 'take').mockImplementation(function (this: SearchTree, sharers) {
      const shares = take.call(this, sharers);
      for (const frame of shares.flatMap((s) => s.subtree.frames)) if (frame.inherited < 0) frame.sleep = [];
      return shares;
    });
    expect(disagreement(400)).not.toBeNull();
  });

  test('are not, where the rest of a subtree is forgotten', () => {
    vi.spyOn(Optimal.prototype, 'rest', 'get').mockReturnValue(null);
    expect(disagreement(400)).not.toBeNull();
  });
});
