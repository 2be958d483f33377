// SPDX-License-Identifier: GPL-2.0-only
/**
 * The order in which lock classes were taken. Linux v6.6: kernel/locking/lockdep.c, __bfs() over lock_list, check_path().
 */
import type { Ptr } from '../../../../../mmu/types.ts';

export interface HeldLock {
  lock: Ptr;
  class: string;
  /** Of the class. */
  number: number;
  /** Trace site of the operation that took it; 0 where nothing is traced. */
  site: number;
}

/** A lock that was taken while another was held. */
export interface Dependency {
  ctx: number;
  task: number;
  taken: HeldLock;
  held: HeldLock;
}

/** For each class the classes that were taken while one of it was held, each with the first time. */
export type Dependencies = Map<string, Map<string, Dependency>>;

/** @returns a shortest way from one class to another, or null if there is none */
export function pathBetween(d: Dependencies, from: string, to: string): Dependency[] | null {
  const paths = new Map<string, Dependency[]>([[from, []]]);
  const queue = [from];
  for (let i = 0; i < queue.length; i++) {
    const at = queue[i]!;
    const path = paths.get(at)!;
    if (at === to) return path;
    for (const [next, dependency] of d.get(at) ?? []) {
      if (paths.has(next)) continue;
      paths.set(next, [...path, dependency]);
      queue.push(next);
    }
  }
  return null;
}
