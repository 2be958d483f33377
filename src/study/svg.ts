// SPDX-License-Identifier: GPL-2.0-only
/**
 * A chart as SVG, light or dark as its reader is: for papers and for pages without scripts.
 */
import type { Axis, Chart } from './charts.ts';

const WIDTH = 640;
const HEIGHT = 400;
const LEFT = 80;
const RIGHT = 170;
const TOP = 50;
const BOTTOM = 60;
/** Of Okabe and Ito, which colour-blind readers can tell apart. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#999999'];
const TICKS = 5;

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const label = ({ label, unit }: Axis): string => (unit === undefined || unit === '' ? label : `${label} (${unit})`);
const short = (v: number): string => Number(v.toPrecision(3)).toLocaleString('en-US');

interface Scale {
  at(v: number): number;
  ticks: number[];
}

/** @param from, to where the least and the greatest value lie */
function scaleOf(values: readonly number[], { scale }: Axis, from: number, to: number): Scale {
  const log = scale === 'log' || scale === 'log2';
  const f = log ? (v: number): number => Math.log2(Math.max(v, Number.MIN_VALUE)) : (v: number): number => v;
  const positive = log ? values.filter((v) => v > 0) : [0, ...values];
  const low = f(Math.min(...positive));
  const high = f(Math.max(...positive));
  const span = high - low || 1;
  const back = log ? (u: number): number => 2 ** u : (u: number): number => u;
  return {
    at: (v) => from + ((Math.max(f(v), low) - low) / span) * (to - from),
    ticks: Array.from({ length: TICKS + 1 }, (_, i) => back(low + (span * i) / TICKS)),
  };
}

export function svgOf(chart: Chart): string {
  const points = chart.series.flatMap((s) => s.points);
  const bars = chart.kind === 'bars';
  const right = WIDTH - RIGHT;
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
    '<style>text{fill:#222}line,path.axis{stroke:#888}rect.back{fill:#fff}@media(prefers-color-scheme:dark){text{fill:#ddd}rect.back{fill:#181818}}</style>',
    `<rect class="back" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text x="${LEFT}" y="24" font-size="15" font-weight="bold">${escaped(chart.title)}</text>`,
    `<text x="${LEFT}" y="${HEIGHT - 8}">${escaped(label(chart.x))}</text>`,
    `<text transform="translate(16 ${bottom}) rotate(-90)">${escaped(label(chart.y))}</text>`,
    `<path class="axis" fill="none" d="M${LEFT} ${TOP}V${bottom}H${right}"/>`,
  ];
  for (const v of y.ticks) out.push(text(LEFT - 6, y.at(v) + 4, short(v), 'end'));
  if (x === null) out.push(...names.map((name, i) => slanted(LEFT + band * (i + 0.5), bottom + 14, name)));
  else
    for (const v of new Set(chart.x.scale === 'log2' ? points.map((p) => p[0]) : x.ticks))
      out.push(text(x.at(v), bottom + 16, short(v), 'middle'));
  chart.series.forEach((series, i) => {
    const colour = COLOURS[i % COLOURS.length]!;
    out.push(
      text(right + 26, TOP + 18 * i + 4, series.name, 'start'),
      `<rect x="${right + 12}" y="${TOP + 18 * i - 5}" width="10" height="10" fill="${colour}"/>`,
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
    out.push(`<path fill="none" stroke="${colour}" stroke-width="2" d="M${path}"/>`);
    for (const [at, v, low, high] of series.points) {
      if (chart.kind !== 'steps') out.push(`<circle cx="${fix(x.at(at))}" cy="${fix(y.at(v))}" r="3" fill="${colour}"/>`);
      if (low !== undefined && high !== undefined)
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
