// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the charts of a study go along, and what their lines are called.
 */
import type { Policy } from '../kernel/policy.ts';
import { wrongPolicies } from '../policies/index.ts';
import type { Axis, Chart, Point } from './charts.ts';
import type { Measured } from './measure.ts';
import type { Plan } from './plan.ts';
import type { Setting } from './setting.ts';
import type { Cell, Findings } from './study.ts';

const PARTS = 1000;

/** To three places behind the point. */
export const round = (v: number): number => Math.round(v * PARTS) / PARTS;
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

type Dimension = 'cpus' | 'initiators' | 'pages';
const LABELS: Record<Dimension, string> = { cpus: 'CPUs', initiators: 'initiators', pages: 'pages' };

/** The first of these of which there are several; a line's name has the others. */
const dimensionsOf = (plan: Plan): Dimension[] => (Object.keys(LABELS) as Dimension[]).filter((d) => plan[d].length > 1);

/** The mean over the seeds, with the least and the greatest. */
export function point(x: number, values: readonly number[]): Point {
  return [x, round(mean(values)), round(Math.min(...values)), round(Math.max(...values))];
}

/** A wrong policy is called so wherever its figures stand. */
export const policyLabel = (policy: Policy): string => (wrongPolicies.includes(policy) ? `${policy.name} (wrong)` : policy.name);

/** What a cell is called among those that differ in the policy, and in these. */
export const nameOf = ({ setting }: { setting: Setting }, dimensions: readonly Dimension[]): string =>
  [policyLabel(setting.policy), ...dimensions.map((d) => `${setting[d]} ${LABELS[d]}`)].join(', ');

export const axisOf = ({ plan }: Findings): Axis => ({ label: LABELS[dimensionsOf(plan)[0] ?? 'cpus'], scale: 'log2' });

/** A line for each policy and what else there are several of; cells that have no such value are left out. */
export function along(f: Findings, of: (m: Measured) => number | null): Chart['series'] {
  const [axis = 'cpus', ...others] = dimensionsOf(f.plan);
  const lines = new Map<string, Point[]>();
  for (const { setting, runs } of f.cells) {
    const values = runs.map(of).filter((v) => v !== null);
    if (values.length < runs.length) continue;
    const name = nameOf({ setting }, others);
    lines.set(name, [...(lines.get(name) ?? []), point(setting[axis], values)]);
  }
  return [...lines].map(([name, points]) => ({ name, points }));
}

/** The cells at the greatest value of what the charts go along, each with its name. */
export function widest({ plan, cells }: Findings): { at: string; cells: (Cell & { name: string })[] } {
  const [axis = 'cpus', ...others] = dimensionsOf(plan);
  const most = Math.max(...cells.map(({ setting }) => setting[axis]));
  const those = cells.filter(({ setting }) => setting[axis] === most);
  return { at: `${most} ${LABELS[axis]}`, cells: those.map((cell) => ({ ...cell, name: nameOf(cell, others) })) };
}
