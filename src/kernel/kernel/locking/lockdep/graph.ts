// SPDX-License-Identifier: GPL-2.0-only
/**
 * The order in which lock classes were taken. Linux v6.6: kernel/locking/lockdep.c, __bfs() over lock_list, check_path().
 */

/** For each class the classes that were taken while one of it was held, each with a sentence about who did that. */
export type Dependencies = Map<string, Map<string, string>>;

/** @returns the sentences along a shortest way from one class to another, or null if there is none */
export function pathBetween(d: Dependencies, from: string, to: string): string[] | null {
  const paths = new Map<string, string[]>([[from, []]]);
  const queue = [from];
  for (let i = 0; i < queue.length; i++) {
    const at = queue[i]!;
    const path = paths.get(at)!;
    if (at === to) return path;
    for (const [next, sentence] of d.get(at) ?? []) {
      if (paths.has(next)) continue;
      paths.set(next, [...path, sentence]);
      queue.push(next);
    }
  }
  return null;
}
