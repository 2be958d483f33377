// SPDX-License-Identifier: GPL-2.0-only
/**
 * The points of a chart as uPlot wants them: one list of x for all series, then a list of y for each, then the low and the high ends of its error bars.
 * What a series does not have is null.
 */
import type { Chart, Point } from '../../report/chart.ts';

/** What the bars of one category take of its room. */
const GROUP = 0.8;

type Column = (number | null)[];

export function plotData({ series, kind, names, y }: Chart): [number[], ...Column[]] {
  const n = series.length;
  // Bars of one category stand side by side.
  const shift = (i: number): number => (kind === 'bars' && names !== undefined ? ((i - (n - 1) / 2) * GROUP) / n : 0);
  const xs = [...new Set(series.flatMap((s, i) => s.points.map((p) => p[0] + shift(i))))].sort((a, b) => a - b);
  const isLog = (y.scale ?? 'linear') !== 'linear';
  const drawn = (v: number | undefined): number | null => (v === undefined || (isLog && v <= 0) ? null : v);
  const column = (i: number, of: (p: Point) => number | undefined): Column => {
    const at = new Map(series[i]!.points.map((p) => [p[0] + shift(i), of(p)]));
    return xs.map((x) => drawn(at.get(x)));
  };
  const values = series.map((_, i) => column(i, (p) => p[1]));
  // A bar without length is left out: it would be a dot on its point.
  const end = (which: 2 | 3) => (p: Point) => (p[2] === p[3] ? undefined : p[which]);
  const ends = series.flatMap((_, i) => [column(i, end(2)), column(i, end(3))]);
  return [xs, ...values, ...ends];
}
