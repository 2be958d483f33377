// SPDX-License-Identifier: GPL-2.0-only
/**
 * Collapse vectors as a kind: what a real 32-bit PAE kernel did, test/vectors/collapse. It was a 6.1; what another release does otherwise is attributed to
 * the upstream change that makes it.
 */

import { configOf, optionsOf } from '../../workload/config.ts';
import type { Release } from '../../workload/releases.ts';
import type { Difference, Vector, VectorKind } from '../kind.ts';
import { attribute } from './attribute.ts';
import { readCases } from './cases.ts';
import { ChangeTally } from './change-tally.ts';
import { KNOWN } from './known.ts';
import { LevelTally } from './level-tally.ts';
import type { LevelDifference } from './levels.ts';
import { parseRecord } from './record.ts';
import { Machines, runCase } from './run-case.ts';

/** Groups in which interrupts and flushes count; elsewhere they are shown. */
const COUNT_FLUSHES = new Set(['ipi', 'tlb']);

/** How many differences of a case are told. */
const MOST = 12;

/** The release that was recorded. */
const RECORDED: Release = '6.1';

/** A difference, and what makes it so if that is known: a commit, or a reason of known.ts. */
interface Told {
  readonly difference: LevelDifference;
  readonly why: string | null;
}

export function collapseKind(config: Readonly<Record<string, string>> = {}): VectorKind {
  const machines = new Machines(configOf(optionsOf(config)));
  const levels = new LevelTally();
  const changes = new ChangeTally();
  const { release } = machines.config;
  return {
    name: 'collapse',
    files: /^(?!index|system).*\.json$/,
    records: readCases,
    explainDispute: () => ({ section: '', about: '' }),
    parse(text, place): Vector {
      const record = parseRecord(text, place);
      const { id } = record;
      const group = id.replace(/\..*/, '');
      const known = KNOWN[id] ?? null;
      const sameRelease = (): Told[] => {
        const { found } = runCase(machines, record);
        levels.add(group, found);
        return counted(group, found).map((difference) => ({ difference, why: null }));
      };
      const otherRelease = (): Told[] => {
        const attributed = attribute(release, (set) => runCase(machines, record, set).found);
        levels.add(
          group,
          attributed.map(({ difference }) => difference),
        );
        return attributed.map((one) => ({ difference: one.difference, why: changes.add(id, one, known) }));
      };
      return {
        id,
        group,
        dispute: known,
        run: () => differenceOf(id, place, release === RECORDED ? sameRelease() : otherRelease()),
      };
    },
    summaries: () => [levels.summary(), ...(release === RECORDED ? [] : [changes.summary()])],
  };
}

const counted = (group: string, found: readonly LevelDifference[]): LevelDifference[] =>
  found.filter((d) => d.level !== 'L5' || COUNT_FLUSHES.has(group));

function differenceOf(id: string, place: string, told: readonly Told[]): Difference | null {
  if (told.length === 0) return null;
  return {
    expected: told.map(({ difference: { level, where, expected } }) => ({ level, where, is: expected })),
    actual: told.map(({ difference: { level, where, actual }, why }) => ({ level, where, is: actual, ...(why !== null && { why }) })),
    explained: told.every(({ why }) => why !== null),
    text: () => textOf(id, place, told),
  };
}

/** What nothing explains comes first. */
function textOf(id: string, place: string, told: readonly Told[]): string {
  const ordered = [...told.filter(({ why }) => why === null), ...told.filter(({ why }) => why !== null)];
  const lines = ordered.slice(0, MOST).map(({ difference: { level, where, expected, actual }, why }) => {
    const reason = why === null ? '' : `  (${why})`;
    return `  ${level} ${where}${reason}\n     recorded ${JSON.stringify(expected)}\n     here     ${JSON.stringify(actual)}`;
  });
  const more = told.length > MOST ? [`  and ${told.length - MOST} more`] : [];
  return `${[`${place}: ${id}`, ...lines, ...more].join('\n')}\n`;
}
