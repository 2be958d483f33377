// SPDX-License-Identifier: GPL-2.0-only
/** Which upstream changes the differences of another release come from: cases by change and level. */
import { CHANGES } from '../../workload/releases.ts';
import type { Summary } from '../kind.ts';
import type { Attributed } from './attribute.ts';
import { ATTRIBUTED, kindOf } from './attributed.ts';
import { LEVELS, type Level } from './levels.ts';

/** Rows that are no commit. */
const KNOWN = 'known';
const NONE = 'none';

export class ChangeTally {
  private readonly cases = new Map<string, Map<Level, Set<string>>>();

  /**
   * @param known why the case cannot agree with what was recorded, or null
   * @returns what makes the difference; null: nothing that is known
   */
  add(id: string, { difference, change }: Attributed, known: string | null): string | null {
    const isKind = change !== null && (ATTRIBUTED[change] ?? []).includes(kindOf(difference));
    const row = isKind ? change : change === null && known !== null ? KNOWN : NONE;
    let levels = this.cases.get(row);
    if (levels === undefined) this.cases.set(row, (levels = new Map(LEVELS.map((level) => [level, new Set<string>()]))));
    levels.get(difference.level)!.add(id);
    return row === NONE ? null : row === KNOWN ? known : row;
  }

  summary(): Summary {
    const titles = new Map<string, string>([
      ...[...CHANGES].map(([change, { title }]) => [change, title] as const),
      [KNOWN, 'not as recorded with 6.1 either: src/conformance/collapse/known.ts'],
      [NONE, 'not attributed'],
    ]);
    const rows = [...titles]
      .filter(([row]) => this.cases.has(row))
      .map(([row, title]) => {
        const levels = this.cases.get(row)!;
        const all = new Set([...levels.values()].flatMap((ids) => [...ids]));
        return { row, title, cases: all.size, levels: Object.fromEntries([...levels].map(([level, ids]) => [level, ids.size])) };
      });
    return {
      name: 'changes',
      json: rows.map(({ row, ...rest }) => ({ change: row, ...rest })),
      title: 'Cases that differ, by the upstream change that makes it (docs/kernel-versions.md):',
      rows: [
        ['change', 'cases', ...LEVELS, ''],
        ...rows.map(({ row, title, cases, levels }) => [row, String(cases), ...LEVELS.map((level) => String(levels[level])), title]),
      ],
    };
  }
}
