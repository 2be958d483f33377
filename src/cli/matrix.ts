// SPDX-License-Identifier: GPL-2.0-only
/**
 * The product of a scenario's axes as a matrix of one character a cell: the last axes make the columns, the first ones the rows.
 */
import type { Config, Scenario } from '../scenarios/scenario.ts';
import type { Told } from './result.ts';
import { columns } from './text.ts';

const MARKS = { holds: '.', violated: 'X', inconclusive: '?' } as const;
const LEGEND = '. holds   X violated   ? inconclusive   (blank: makes no sense)';
const MOST_COLUMNS = 48;
/** The innermost axes, whose values stand in a legend and not above the columns. */
const IN_GROUP = 2;

interface Axis {
  key: string;
  values: readonly string[];
}

const size = (axes: readonly Axis[]): number => axes.reduce((n, a) => n * a.values.length, 1);

/** Every choice of values, the last axis varying fastest. */
function choices(axes: readonly Axis[]): Config[] {
  let all: Config[] = [{}];
  for (const { key, values } of axes) all = all.flatMap((c) => values.map((value) => ({ ...c, [key]: value })));
  return all;
}

/** Values that some cell has: of policies only those that were named. */
function asked(values: readonly string[], isThere: (value: string) => boolean): readonly string[] {
  const there = values.filter(isThere);
  return there.length > 0 ? there : values;
}

/** @param varied keys of the axes that the cells differ in */
export function matrixText(scenario: Scenario, varied: readonly string[], told: readonly Told[]): string {
  const axes = varied.map((key) => ({
    key,
    values: asked(scenario.axes[key]!.values, (value) => told.some((t) => t.result.config[key] === value)),
  }));
  let split = axes.length;
  while (split > 0 && size(axes.slice(split - 1)) <= MOST_COLUMNS) split--;
  const rows = axes.slice(0, split);
  const inner = axes.slice(Math.max(split, axes.length - IN_GROUP));
  const outer = axes.slice(split, axes.length - inner.length);

  const keyOf = (config: Config): string => axes.map((a) => config[a.key]).join('\n');
  const marks = new Map(told.map((t) => [keyOf(t.result.config), MARKS[t.result.verdict]]));
  const group = (config: Config): string =>
    choices(inner)
      .map((c) => marks.get(keyOf({ ...config, ...c })) ?? ' ')
      .join('');
  const line = (row: Config): string =>
    choices(outer)
      .map((c) => group({ ...row, ...c }))
      .join(' ');

  const names = rows.map((a) => a.key);
  const table = [[...names, ''], ...choices(rows).map((row) => [...names.map((n) => row[n]!), line(row)])];
  const [head, ...body] = columns(table);
  const left = body[0]!.length - line(choices(rows)[0]!).trimEnd().length;
  const above = outer.map((axis, i) => headLine(axis, size(outer.slice(0, i)), size(outer.slice(i + 1)), size(inner) + 1, left));
  const lines = [...above, ...(names.length > 0 ? [head!] : []), ...body];
  if (size(inner) > 1) {
    const each = choices(inner).map((c) => inner.map((a) => `${a.key}=${c[a.key]}`).join(' '));
    lines.push('', `${outer.length > 0 ? 'In each group' : 'Columns'}: ${each.join(', ')}`);
  }
  return `${scenario.name}\n${lines.join('\n')}\n\n${LEGEND}\n`;
}

/** Values of one axis above the groups of columns where each begins. */
function headLine(axis: Axis, repeats: number, span: number, width: number, left: number): string {
  const values = axis.values.map((value) => value.slice(0, span * width - 1).padEnd(span * width)).join('');
  return `${axis.key.padStart(left - 2).slice(-left)}  ${values.repeat(repeats)}`.trimEnd();
}
