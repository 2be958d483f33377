// SPDX-License-Identifier: GPL-2.0-only
/** A chart for each question, as SVG. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { PHASES } from './phases.ts';
import type { RowResult } from './row.ts';

/** The figure that a question is about. */
const ABOUT: Readonly<Record<string, string>> = {
  'failure at the last page': 'us/failure',
  'first fault after a retraction': 'us/fault',
  scan: 'ns/PTE',
};

const about = (question: string): string => ABOUT[question] ?? 'us/collapse';

function svg(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><body></body>');
  const chart = Plot.plot({
    ...options,
    document: document as never,
    width: 720,
    marginLeft: 130,
    style: 'background: white',
  });
  chart.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return `${chart.outerHTML}\n`;
}

/** Bars with the quartiles, and ticks at the copy limit. */
export function questionChart(question: string, results: readonly RowResult[]): string {
  const key = about(question);
  const bars = results.map(({ row, figures }) => ({ name: row.name, ...figures[key]!, limit: figures['us/limit']?.median }));
  const names = bars.map(({ name }) => name);
  return svg({
    title: question,
    x: { label: key, grid: true, zero: true },
    y: { domain: names, label: null },
    marks: [
      Plot.barX(bars, { x: 'median', y: 'name', fill: '#4e79a7' }),
      Plot.ruleY(bars, { x1: 'low', x2: 'high', y: 'name', strokeWidth: 2 }),
      Plot.tickX(
        bars.filter(({ limit }) => limit !== undefined && key === 'us/collapse'),
        { x: 'limit', y: 'name', stroke: '#e15759', strokeWidth: 3 },
      ),
    ],
  });
}

/** Where the time goes, page by page. */
export function phaseChart(results: readonly RowResult[]): string {
  const parts = results.flatMap(({ row, figures }) =>
    PHASES.flatMap((phase) => {
      const f = figures[`${phase} ns/page`];
      return f === undefined ? [] : [{ name: row.name, phase, ns: f.median }];
    }),
  );
  return svg({
    title: 'phases',
    x: { label: 'ns/page', grid: true },
    y: { domain: results.map(({ row }) => row.name), label: null },
    color: { domain: [...PHASES], legend: false, scheme: 'tableau10' },
    marks: [Plot.barX(parts, Plot.stackX({ x: 'ns', y: 'name', fill: 'phase', order: [...PHASES] }))],
  });
}
