// SPDX-License-Identifier: GPL-2.0-only
/**
 * A chart, by uPlot: values under the pointer, or under the cursor that the arrow keys move, stand in the legend; error bars are bands. The colours are
 * the page's, and change with it between light and dark.
 */
import uPlot from 'uplot';
import type { Axis, Chart } from '../../report/chart.ts';
import { h, table } from './dom.ts';
import { plotData } from './plot-data.ts';

const HEIGHT = 300;
/** Told apart with the usual kinds of colour blindness, on white and on black (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#8c8c8c'];

const colour = (i: number): string => COLOURS[i % COLOURS.length]!;
const style = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const labelOf = ({ label, unit }: Axis): string => (unit === undefined || unit === '' ? label : `${label} (${unit})`);

export function chartPanel(chart: Chart): HTMLElement {
  const place = h('div', {
    class: 'chart',
    tabindex: '0',
    role: 'img',
    'aria-label': `${chart.title}: chart; the arrow keys move the cursor`,
  });
  const rows = chart.series.flatMap((s) =>
    s.points.map(([x, y, ...ends]) => [s.name, xText(chart, x), numberText(y), ends.map(numberText).join(' to ')]),
  );
  const data = h('details', {}, h('summary', {}, 'The figures'), table(['series', labelOf(chart.x), labelOf(chart.y), 'error bar'], rows));
  const about = chart.about === undefined ? [] : [h('p', {}, chart.about)];
  draw(place, chart);
  return h('section', {}, h('h2', {}, chart.title), ...about, place, data);
}

const numberText = (y: number): string => (Number.isInteger(y) ? String(y) : y.toPrecision(4));
const xText = ({ names }: Chart, x: number): string => (names === undefined ? String(x) : (names[Math.round(x)] ?? ''));

function draw(place: HTMLElement, chart: Chart): void {
  let plot: uPlot | null = null;
  const redraw = (): void => {
    plot?.destroy();
    plot = new uPlot(optionsOf(chart, Math.max(place.clientWidth, 300)), plotData(chart), place);
  };
  // Not before it is on the page: it has no width until then.
  new ResizeObserver(redraw).observe(place);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  place.addEventListener('keydown', (e) => {
    const by = e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0 || plot === null) return;
    e.preventDefault();
    const xs = plot.data[0]!;
    const at = Math.max(0, Math.min(xs.length - 1, (plot.cursor.idx ?? (by > 0 ? -1 : xs.length)) + by));
    plot.setCursor({ left: plot.valToPos(xs[at]!, 'x'), top: HEIGHT / 3 });
  });
}

function scaleOf({ scale = 'linear' }: Axis): uPlot.Scale {
  return scale === 'linear' ? { time: false } : { time: false, distr: 3, log: scale === 'log2' ? 2 : 10 };
}

function axisOf(axis: Axis, more: Partial<uPlot.Axis>): uPlot.Axis {
  const line = { stroke: style('--line'), width: 1 };
  const font = '12px system-ui, sans-serif';
  return {
    label: labelOf(axis),
    stroke: style('--quiet'),
    grid: line,
    ticks: { show: false },
    font,
    labelFont: font,
    labelSize: 22,
    ...more,
  };
}

function optionsOf(chart: Chart, width: number): uPlot.Options {
  const { kind = 'line', names, x, y } = chart;
  const paths =
    kind === 'bars'
      ? uPlot.paths.bars!({ size: [0.85, 60] })
      : kind === 'steps'
        ? uPlot.paths.stepped!({ align: 1 })
        : uPlot.paths.linear!();
  const lines = chart.series.map(
    (s, i): uPlot.Series => ({
      label: s.name,
      stroke: colour(i),
      width: 2,
      paths,
      spanGaps: true,
      points: { show: kind === 'line', size: 6, fill: colour(i) },
      value: (_, v) => (v === null ? '' : numberText(v)),
      ...(kind !== 'line' && { fill: `${colour(i)}${kind === 'bars' ? 'cc' : '33'}` }),
    }),
  );
  // Behind all lines the ends of their error bars: a band between them, or where there are bars two points.
  const ends = chart.series.flatMap((s, i): uPlot.Series[] => {
    const end = {
      stroke: `${colour(i)}66`,
      width: 1,
      spanGaps: true,
      ...(kind === 'bars' ? { paths: () => null, points: { show: true, size: 5 } } : { points: { show: false } }),
      value: (_: uPlot, v: number | null) => (v === null ? '' : numberText(v)),
    };
    return [`${s.name}, low`, `${s.name}, high`].map((label) => ({ label, class: 'end', ...end }));
  });
  const first = 1 + chart.series.length;
  return {
    width,
    height: HEIGHT,
    scales: {
      x: {
        ...scaleOf(x),
        ...(names !== undefined && { range: [-0.6, names.length - 0.4] as [number, number] }),
      },
      y: {
        ...scaleOf(y),
        ...((y.scale ?? 'linear') === 'linear' && {
          range: (_, least, most) => [Math.min(0, least), most * 1.05 || 1] as [number, number],
        }),
      },
    },
    axes: [
      axisOf(
        x,
        names === undefined
          ? { size: 34 }
          : {
              splits: () => names.map((_, i) => i),
              values: (_, at) => at.map((v) => names[v] ?? ''),
              rotate: names.length > 4 ? 30 : 0,
              size: names.length > 4 ? 70 : 34,
              grid: { show: false },
            },
      ),
      axisOf(y, { size: 64 }),
    ],
    series: [{ label: x.label === '' ? 'at' : labelOf(x), value: (_, v) => (v === null ? '' : xText(chart, v)) }, ...lines, ...ends],
    bands: (kind === 'bars' ? [] : chart.series).map((_, i) => ({
      series: [first + 2 * i + 1, first + 2 * i] as [number, number],
      fill: `${colour(i)}2e`,
    })),
    cursor: { drag: { x: false, y: false } },
    legend: { markers: { fill: (_, i) => colour(i - 1) } },
  };
}
