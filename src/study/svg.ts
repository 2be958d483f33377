// SPDX-License-Identifier: GPL-2.0-only
/**
 * A chart as SVG, light or dark as its reader is: for papers and for pages without scripts.
 */
import type { Axis, Chart } from './charts.ts';
import { scaleOf } from './svg-scale.ts';

const WIDTH = 640;
const HEIGHT = 400;
const LEFT = 80;
/** With names of series, and without. */
const RIGHT = 170;
const BARE = 30;
const TOP = 50;
const BOTTOM = 76;
/** Of Okabe and Ito, which colour-blind readers can tell apart. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#999999'];
const STYLE =
  'text{fill:#1b1f24}.quiet{fill:#5b6470}.grid{stroke:#e3e7eb}.axis{stroke:#8b949e}.back{fill:#fff}' +
  '@media(prefers-color-scheme:dark){text{fill:#e4e8ed}.quiet{fill:#9aa4b0}.grid{stroke:#2b3138}.axis{stroke:#6b7480}.back{fill:#14171b}}';

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const label = ({ label, unit }: Axis): string => (unit === undefined || unit === '' ? label : `${label} (${unit})`);
const short = (v: number): string => Number(v.toPrecision(3)).toLocaleString('en-US');

export function svgOf(chart: Chart): string {
  const points = chart.series.flatMap((s) => s.points);
  const bars = chart.kind === 'bars';
  const named = chart.series.length > 1;
  const right = WIDTH - (named ? RIGHT : BARE);
  const bottom = HEIGHT - BOTTOM;
  const names = chart.names ?? [];
  const y = scaleOf(
    points.flatMap((p) => p.slice(1)),
    bars ? { ...chart.y, scale: 'linear' } : chart.y,
    bottom,
    TOP,
  );
  const band = (right - LEFT) / Math.max(1, names.length);
  const x = bars
    ? null
    : scaleOf(
        points.map((p) => p[0]),
        chart.x,
        LEFT,
        right,
      );
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(chart.title)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="back" rx="6" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text x="${LEFT}" y="24" font-size="15" font-weight="bold">${escaped(chart.title)}</text>`,
    `<text class="quiet" x="${(LEFT + right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${escaped(label(chart.x))}</text>`,
    `<text class="quiet" text-anchor="middle" transform="translate(18 ${(TOP + bottom) / 2}) rotate(-90)">${escaped(label(chart.y))}</text>`,
  ];
  for (const v of y.ticks)
    out.push(`<path class="grid" d="M${LEFT} ${fix(y.at(v))}H${right}"/>`, text(LEFT - 8, y.at(v) + 4, short(v), 'end'));
  if (x === null) out.push(...names.map((name, i) => slanted(LEFT + band * (i + 0.5), bottom + 14, name)));
  else
    for (const v of new Set(chart.x.scale === 'log2' ? points.map((p) => p[0]) : x.ticks))
      out.push(`<path class="grid" d="M${fix(x.at(v))} ${TOP}V${bottom}"/>`, text(x.at(v), bottom + 18, short(v), 'middle'));
  const zero = bars || (chart.y.scale ?? 'linear') === 'linear' ? fix(y.at(0)) : bottom;
  out.push(`<path class="axis" fill="none" d="M${LEFT} ${TOP}V${bottom}M${LEFT} ${zero}H${right}"/>`);
  chart.series.forEach((series, i) => {
    const colour = COLOURS[i % COLOURS.length]!;
    if (named)
      out.push(
        text(right + 28, TOP + 18 * i + 8, series.name, 'start'),
        `<rect x="${right + 14}" y="${TOP + 18 * i - 1}" width="9" height="9" rx="2" fill="${colour}"/>`,
      );
    if (x === null) {
      const width = (band * 0.8) / chart.series.length;
      for (const [at, v] of series.points) {
        const [upper, lower] = [Math.min(y.at(v), y.at(0)), Math.max(y.at(v), y.at(0))];
        out.push(
          `<rect x="${fix(LEFT + band * (at + 0.1) + width * i)}" y="${fix(upper)}" width="${fix(width)}" height="${fix(lower - upper)}" fill="${colour}"/>`,
        );
      }
      return;
    }
    const places = series.points.map(([at, v]) => [x.at(at), y.at(v)] as const);
    const path = chart.kind === 'steps' ? steps(places) : places.map(([px, py]) => `${fix(px)} ${fix(py)}`).join('L');
    out.push(`<path fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round" d="M${path}"/>`);
    for (const [at, v, low, high] of series.points) {
      if (chart.kind !== 'steps') out.push(`<circle cx="${fix(x.at(at))}" cy="${fix(y.at(v))}" r="3" fill="${colour}"/>`);
      if (low !== undefined && high !== undefined && low !== high)
        out.push(`<path stroke="${colour}" d="M${fix(x.at(at))} ${fix(y.at(low))}V${fix(y.at(high))}"/>`);
    }
  });
  return `${out.join('\n')}\n</svg>\n`;
}

const fix = (v: number): string => v.toFixed(1);
const text = (x: number, y: number, what: string, anchor: string): string =>
  `<text x="${fix(x)}" y="${fix(y)}" text-anchor="${anchor}">${escaped(what)}</text>`;
const slanted = (x: number, y: number, what: string): string =>
  `<text font-size="10" text-anchor="end" transform="translate(${fix(x)} ${fix(y)}) rotate(-30)">${escaped(what)}</text>`;
/** A path that keeps its height up to the next point. */
const steps = (points: readonly (readonly [number, number])[]): string =>
  points.map(([x, y], i) => (i === 0 ? `${fix(x)} ${fix(y)}` : `H${fix(x)}V${fix(y)}`)).join('');
