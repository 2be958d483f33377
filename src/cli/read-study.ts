// SPDX-License-Identifier: GPL-2.0-only
/**
 * Charts and tables out of a file: of a study as it is, of a benchmark and of a run as they are made of their figures.
 */
import type { Field } from '../conformance/field.ts';
import type { Axis, Chart, Point, Series, Study, Table } from '../report/chart.ts';

export function readStudy(f: Field): Study {
  return {
    title: f.get('title').text(),
    ...optional('command', f.get('command'), (x) => x.text()),
    ...optional('notes', f.get('notes'), (x) => x.list().map((note) => note.text())),
    charts: f.get('charts').list().map(readChart),
    ...optional('tables', f.get('tables'), (x) => x.list().map(readTable)),
  };
}

/** The member if it is there. */
function optional<K extends string, T>(name: K, f: Field, read: (f: Field) => T): { [key in K]?: T } {
  return f.missing ? {} : ({ [name]: read(f) } as { [key in K]: T });
}

function readChart(f: Field): Chart {
  return {
    title: f.get('title').text(),
    ...optional('about', f.get('about'), (x) => x.text()),
    ...optional('kind', f.get('kind'), (x) => x.oneOf(['line', 'bars', 'steps'] as const)),
    x: readAxis(f.get('x')),
    y: readAxis(f.get('y')),
    ...optional('names', f.get('names'), (x) => x.list().map((name) => name.text())),
    series: f.get('series').list().map(readSeries),
  };
}

const readAxis = (f: Field): Axis => ({
  label: f.get('label').text(),
  ...optional('unit', f.get('unit'), (x) => x.text()),
  ...optional('scale', f.get('scale'), (x) => x.oneOf(['linear', 'log', 'log2'] as const)),
});

function readSeries(f: Field): Series {
  return { name: f.get('name').text(), points: f.get('points').list().map(readPoint) };
}

function readPoint(f: Field): Point {
  const numbers = f.list().map((n) => n.number());
  return numbers.length === 2 || numbers.length === 4 ? (numbers as Point) : f.bad('a point has 2 numbers (x, y) or 4 (x, y, low, high)');
}

function readTable(f: Field): Table {
  const columns = f.get('columns').list();
  const rows = f.get('rows').list();
  const wide = rows.find((row) => row.list().length !== columns.length);
  wide?.bad(`it has ${wide.list().length} cells, of ${columns.length} columns`);
  return {
    title: f.get('title').text(),
    columns: columns.map((c) => c.text()),
    rows: rows.map((row) => row.list().map((cell) => cell.cell())),
  };
}

/** A benchmark: its charts if it has some; a table of each of its lists, and bars where they have a net figure between a least and a greatest one. */
export function readBench(f: Field): Study {
  const name = f.get('name').text();
  const lists = f.members().filter(([key, x]) => key !== 'charts' && key !== 'tables' && x.isListOfObjects);
  const charts = f.get('charts').missing ? [] : f.get('charts').list().map(readChart);
  for (const [key, list] of lists) charts.push(...netChart(key, list.list()));
  return {
    title: `Benchmark ${name}`,
    command: `npm run bench -- ${name} --json`,
    charts,
    tables: lists.map(([key, x]) => flatTable(key, x.list())),
  };
}

function netChart(title: string, rows: readonly Field[]): Chart[] {
  if (rows.length === 0 || !rows.every((r) => ['name', 'net', 'least', 'greatest'].every((key) => !r.get(key).missing))) return [];
  const points = rows.map((r, i): Point => [i, r.get('net').number(), r.get('least').number(), r.get('greatest').number()]);
  const names = rows.map((r) => r.get('name').text());
  return [{ title, kind: 'bars', x: { label: '' }, y: { label: 'net time', unit: 'ns' }, names, series: [{ name: 'net', points }] }];
}

/** The members that are plain values; of a number four digits. */
function flatTable(title: string, rows: readonly Field[]): Table {
  const columns = [...new Set(rows.flatMap((r) => r.members().flatMap(([key, x]) => (x.isPlain ? [key] : []))))];
  const cell = (x: Field): string | number => (x.isPlain ? rounded(x.cell()) : '');
  return { title, columns, rows: rows.map((r) => columns.map((key) => cell(r.get(key)))) };
}

const rounded = (x: string | number): string | number => (typeof x === 'number' && !Number.isInteger(x) ? Number(x.toPrecision(4)) : x);

/** `paelab run --json`: for each case what the measured operations counted. */
export function readRun(f: Field): Study {
  const cases = f.get('cases').list();
  return {
    title: 'Workloads',
    charts: cases.flatMap(interruptChart),
    tables: cases.map((one) => ({
      title: one.get('name').text(),
      columns: ['operation', 'result', 'counted'],
      rows: one
        .get('results')
        .list()
        .map((r) => [r.get('op').text(), r.get('ret').missing ? '' : r.get('ret').number(), countedText(r.get('measured'))]),
    })),
  };
}

function countedText(measured: Field): string {
  if (measured.missing) return '';
  const sums = measured
    .get('irq')
    .members()
    .map(([name, each]) => [name, sumOf(each)] as const);
  const counters = measured
    .get('vmstat')
    .members()
    .map(([name, n]) => [name, n.number()] as const);
  return [...sums, ...counters]
    .filter(([, n]) => n !== 0)
    .map(([name, n]) => `${name} ${n}`)
    .join(', ');
}

const sumOf = (each: Field): number => each.list().reduce((sum, n) => sum + n.number(), 0);

/** Interrupts of each measured operation, of all CPUs. */
function interruptChart(one: Field): Chart[] {
  const measured = one
    .get('results')
    .list()
    .filter((r) => !r.get('measured').missing);
  if (measured.length === 0) return [];
  const series = ['TLB', 'CAL', 'RES'].map((name) => ({
    name,
    points: measured.map((r, i): Point => [i, sumOf(r.get('measured').get('irq').get(name))]),
  }));
  const names = measured.map((r) => r.get('op').text());
  return [{ title: `${one.get('name').text()}: interrupts`, kind: 'bars', x: { label: '' }, y: { label: 'interrupts' }, names, series }];
}
