// SPDX-License-Identifier: GPL-2.0-only
/**
 * The findings of a study as charts, tables and raw numbers.
 */
import { constantsOf } from '../engines/timed/costs.ts';
import { PHASES } from '../engines/timed/time-account.ts';
import type { Axis, Chart, Point, Study, Table } from './charts.ts';
import type { Measured } from './measure.ts';
import type { Cell, Findings } from './study.ts';

/** Most CPUs of a 32-bit kernel: CONFIG_NR_CPUS of x86_32 with BIGSMP. */
const MOST_CPUS_32_BIT = 64;
const PARTS = 1000;

const round = (v: number): number => Math.round(v * PARTS) / PARTS;
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** The mean over the seeds, with the least and the greatest. */
function point(x: number, { runs }: Cell, of: (m: Measured) => number): Point {
  const values = runs.map(of);
  return [x, round(mean(values)), round(Math.min(...values)), round(Math.max(...values))];
}

/** Several numbers of pages on one machine: those are what the charts go along. */
const byPages = ({ plan }: Findings): boolean => plan.cpus.length === 1 && plan.pages.length > 1;

/** What a series is called: only what differs. */
function nameOf({ setting }: Cell, { plan }: Findings): string {
  const { policy, pages } = setting;
  return plan.pages.length > 1 ? `${policy.name}, ${pages} pages` : policy.name;
}

/** A line for each policy and number of pages along the CPUs, or for each policy along the pages. */
function along(f: Findings, of: (m: Measured) => number): Chart['series'] {
  const lines = new Map<string, Point[]>();
  for (const cell of f.cells) {
    const { policy, pages, cpus } = cell.setting;
    const name = byPages(f) ? policy.name : nameOf(cell, f);
    lines.set(name, [...(lines.get(name) ?? []), point(byPages(f) ? pages : cpus, cell, of)]);
  }
  return [...lines].map(([name, points]) => ({ name, points }));
}

const axisOf = (f: Findings): Axis => ({ label: byPages(f) ? 'pages' : 'CPUs', scale: 'log2' });

function chartsOf(f: Findings): Chart[] {
  const most = Math.max(...f.cells.map((cell) => cell.setting.cpus));
  const widest = f.cells.filter((cell) => cell.setting.cpus === most);
  const histogram = (of: (m: Measured) => Measured['initiator']): Chart['series'] =>
    widest.map((cell) => ({
      name: nameOf(cell, f),
      points: of(cell.runs[0]!)
        .histogram()
        .map(({ from, n }) => [round(from), n] as Point),
    }));
  const spent = [...PHASES.keys()].filter((phase) => widest.some((cell) => cell.runs.some((m) => m.phases[phase]! >= 1)));
  const charts: Chart[] = [
    {
      title: 'Latency of the initiator',
      about: 'Median of an operation; bars: from the least to the greatest of the seeds.',
      x: axisOf(f),
      y: { label: 'latency', unit: 'ns', scale: 'log' },
      series: along(f, (m) => m.initiator.summary().p50),
    },
    {
      title: 'Throughput of the victims',
      about: 'Part of their time that the other CPUs have for themselves while the initiator never stops.',
      x: axisOf(f),
      y: { label: 'part of the time' },
      series: along(f, (m) => m.throughput),
    },
    {
      title: `Where the time of the initiator goes, ${most} CPUs`,
      about: 'Of one operation.',
      kind: 'bars',
      x: { label: 'phase' },
      y: { label: 'time', unit: 'ns' },
      names: spent.map((phase) => PHASES[phase]!),
      series: widest.map((cell) => ({
        name: nameOf(cell, f),
        points: spent.map((phase, i) => point(i, cell, (m) => m.phases[phase]!)),
      })),
    },
    {
      title: `Latencies of the initiator, ${most} CPUs`,
      kind: 'steps',
      x: { label: 'latency', unit: 'ns', scale: 'log' },
      y: { label: 'operations' },
      series: histogram((m) => m.initiator),
    },
    {
      title: `Interruptions of the victims, ${most} CPUs`,
      about: 'From interrupt entry to return.',
      kind: 'steps',
      x: { label: 'duration', unit: 'ns', scale: 'log' },
      y: { label: 'interrupts' },
      series: histogram((m) => m.victims),
    },
  ];
  if (f.influences.length > 0) charts.push(influenceChart(f));
  return charts;
}

/** Those that move the answer by a tenth of a per cent or more, the strongest first. */
function influenceChart(f: Findings): Chart {
  const percent = (v: number): number => round((100 * (v - f.median)) / f.median);
  const strength = (i: { low: number; high: number }): number => Math.max(Math.abs(percent(i.low)), Math.abs(percent(i.high)));
  const strong = f.influences.filter((i) => strength(i) >= 0.1).sort((a, b) => strength(b) - strength(a));
  return {
    title: 'Which constant moves the answer',
    about: 'Change of the median latency of the first policy, at the most CPUs and pages, with each constant 20 % lower and higher.',
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

const COLUMNS = {
  policy: '',
  CPUs: '',
  pages: '',
  p50: 'ns',
  p90: 'ns',
  p99: 'ns',
  'interrupted p50': 'ns',
  'interrupted p99': 'ns',
  'IPIs sent': '',
  received: '',
  coalesced: '',
  'full flushes': '',
  ranged: '',
  'lazy skips': '',
  'victims, part': '',
} as const;

function tablesOf(f: Findings): Table[] {
  const rows = f.cells.map(({ setting, runs }) => {
    const m = runs[0]!;
    const own = m.initiator.summary();
    const victims = m.victims.summary();
    return [
      setting.policy.name,
      setting.cpus,
      setting.pages,
      ...[own.p50, own.p90, own.p99, victims.p50, victims.p99].map(Math.round),
      m.sent,
      m.received,
      m.coalesced,
      m.flushes.full,
      m.flushes.ranged,
      m.lazySkips,
      round(m.throughput),
    ];
  });
  return [{ title: 'Runs, with the first seed', columns: Object.keys(COLUMNS), unit: Object.values(COLUMNS), rows }];
}

/** What somebody who reads the numbers has to know. */
export function notesOf(f: Findings): string[] {
  const { plan } = f;
  const notes = [
    `Profile ${plan.profileName}: ${plan.profile.about}.`,
    'Stores drain at once, one legal execution; RCU callbacks take no time; each word is a cache line of its own.',
  ];
  if (plan.cpus.some((n) => n > MOST_CPUS_32_BIT)) notes.push(`No 32-bit kernel ran on more than ${MOST_CPUS_32_BIT} CPUs.`);
  return notes;
}

const workloadName = ({ plan }: Findings): string => (typeof plan.workload === 'string' ? plan.workload : plan.workload.file);

export function documentOf(f: Findings, command: string): Study {
  return {
    schema: 'paelab/study',
    version: 1,
    title: `TLB shootdown: ${workloadName(f)}, ${f.plan.profileName}`,
    command,
    complete: f.complete,
    notes: notesOf(f),
    charts: f.cells.length > 0 ? chartsOf(f) : [],
    tables: tablesOf(f),
    cells: f.cells.map(({ setting, runs }) => ({
      policy: setting.policy.name,
      cpus: setting.cpus,
      pages: setting.pages,
      rounds: setting.rounds,
      runs: runs.map((m, i) => ({
        seed: setting.seed + i,
        initiator: m.initiator.summary(),
        victims: m.victims.summary(),
        arrival: m.arrival.summary(),
        sent: m.sent,
        received: m.received,
        coalesced: m.coalesced,
        flushes: m.flushes,
        lazySkips: m.lazySkips,
        phases: Object.fromEntries(PHASES.map((name, phase) => [name, round(m.phases[phase]!)])),
        throughput: round(m.throughput),
        events: m.events,
        time: round(m.time),
      })),
    })),
    constants: Object.fromEntries(
      Object.entries(constantsOf(f.plan.profile)).map(([name, c]) => [
        name,
        { ...c, value: f.plan.costs[name as keyof typeof f.plan.costs] },
      ]),
    ),
  };
}
