// SPDX-License-Identifier: GPL-2.0-only
/**
 * The charts of a study.
 */
import { PHASES } from '../engines/timed/time-account.ts';
import { along, axisOf, point, round, widest } from './axes.ts';
import type { Chart, Point } from './charts.ts';
import type { Distribution } from './distribution.ts';
import type { Measured } from './measure.ts';
import type { Findings } from './study.ts';

export function chartsOf(f: Findings): Chart[] {
  const several = f.plan.initiators.some((n) => n > 1);
  const charts = [
    {
      title: 'Latency of the initiator',
      about: 'Median of an operation; error bars: the least and the greatest of three seeds.',
      x: axisOf(f),
      y: { label: 'latency', unit: 'ns', scale: 'log' as const },
      series: along(f, (m) => m.initiator.summary().p50),
    },
    ...(several ? contentionCharts(f) : []),
    {
      title: 'Throughput of the victims',
      about: 'Part of their time that the other CPUs have for themselves, and not for interrupts.',
      x: axisOf(f),
      y: { label: 'part of the time' },
      series: along(f, (m) => m.throughput),
    },
    phaseChart(f),
    histogram(f, 'Latencies of the initiator', 'operations', (m) => m.initiator),
    histogram(f, 'Interruptions of the victims', 'interrupts', (m) => m.victims),
  ];
  if (f.influences.length > 0) charts.push(influenceChart(f));
  return charts.filter((chart) => chart.series.some((s) => s.points.length > 0));
}

/** What several initiators do to each other. */
const contentionCharts = (f: Findings): Chart[] => [
  {
    title: 'Operations of all initiators',
    about: 'With what lies between two of them.',
    x: axisOf(f),
    y: { label: 'operations', unit: '1/s', scale: 'log' },
    series: along(f, (m) => m.rate),
  },
  {
    title: 'Interrupts that an operation sends',
    about: 'A CPU whose queue has a call already is not interrupted for another one.',
    x: axisOf(f),
    y: { label: 'interrupts' },
    series: along(f, (m) => m.sent / m.initiator.values.length),
  },
];

function phaseChart(f: Findings): Chart {
  const { at, cells } = widest(f);
  const spent = [...PHASES.keys()].filter((phase) => cells.some((cell) => cell.runs.some((m) => m.phases[phase]! >= 1)));
  return {
    title: `Where the time of the initiator goes, ${at}`,
    about: 'Of one operation.',
    kind: 'bars',
    x: { label: 'phase' },
    y: { label: 'time', unit: 'ns' },
    names: spent.map((phase) => PHASES[phase]!),
    series: cells.map(({ name, runs }) => ({
      name,
      points: spent.map((phase, i) =>
        point(
          i,
          runs.map((m) => m.phases[phase]!),
        ),
      ),
    })),
  };
}

/** With the first seed. Each bin begins at its x; the empty ones at both ends close the outline. */
function histogram(f: Findings, title: string, what: string, of: (m: Measured) => Distribution): Chart {
  const { at, cells } = widest(f);
  const series = cells.map(({ name, runs }) => ({ name, points: outline(of(runs[0]!)) }));
  return {
    title: `${title}, ${at}`,
    kind: 'steps',
    x: { label: 'duration', unit: 'ns' },
    y: { label: what },
    series: series.filter(({ points }) => points.length > 0),
  };
}

function outline(of: Distribution): Point[] {
  const bins = of.histogram();
  if (bins.length === 0) return [];
  const [first, last] = [bins[0]!.from, bins.at(-1)!.from];
  const step = 2 ** 0.25;
  return [{ from: first / step, n: 0 }, ...bins, { from: last * step, n: 0 }].map(({ from, n }) => [round(from), n]);
}

/** Those that move the answer by a tenth of a per cent or more, and by more than another seed does; the strongest first. */
function influenceChart(f: Findings): Chart {
  const percent = (v: number): number => round((100 * (v - f.median)) / f.median);
  const least = Math.max(0.1, percent(f.median + f.spread));
  const strength = (i: { low: number; high: number }): number => Math.max(Math.abs(percent(i.low)), Math.abs(percent(i.high)));
  const strong = f.influences.filter((i) => strength(i) >= least).sort((a, b) => strength(b) - strength(a));
  return {
    title: 'Which constant moves the answer',
    about:
      'Change of the median latency of the first policy, at the most CPUs, initiators and pages, with each constant 20 % lower and higher; left out: what moves it less than another seed does.',
    kind: 'bars',
    x: { label: 'constant' },
    y: { label: 'change', unit: '%' },
    names: strong.map((i) => i.constant),
    series: [
      { name: '-20 %', points: strong.map((s, i) => [i, percent(s.low)] as Point) },
      { name: '+20 %', points: strong.map((s, i) => [i, percent(s.high)] as Point) },
    ],
  };
}
