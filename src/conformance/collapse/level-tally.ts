// SPDX-License-Identifier: GPL-2.0-only
/** How many cases of each group agree at each level. */
import type { Summary } from '../kind.ts';
import { isEnd, LEVELS, type Level, type LevelDifference } from './levels.ts';

export class LevelTally {
  private readonly groups = new Map<string, Record<Level | 'total', number>>();

  /** One more case. @param found its differences; of one that did not get to its end no level agrees */
  add(group: string, found: readonly LevelDifference[]): void {
    let tally = this.groups.get(group);
    if (tally === undefined) this.groups.set(group, (tally = { total: 0, L1: 0, L2: 0, L3: 0, L4: 0, L5: 0 }));
    tally.total++;
    const stopped = found.some(isEnd);
    for (const level of LEVELS) if (!stopped && !found.some((d) => d.level === level)) tally[level]++;
  }

  summary(): Summary {
    const rows = [...this.groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([group, t]) => [group, String(t.total), ...LEVELS.map((l) => String(t[l]))]);
    return {
      name: 'levels',
      json: Object.fromEntries(this.groups),
      title: 'Cases that agree, by level (L5 counts in ipi and tlb):',
      rows: [['group', 'total', ...LEVELS], ...rows],
    };
  }
}
