// SPDX-License-Identifier: GPL-2.0-only
/**
 * How deep two runs of a case agree, level by level.
 */
import type { Measured, OpResult, PageRun, ProcessSnap } from '../../workload/result.ts';
import type { CollapseRecord, RecordedOp, TraceItem, Window } from './record.ts';

/** L1 results, L2 outcomes of collapses, L3 mapping state, L4 counters, L5 interrupts and flushes. */
export const LEVELS = ['L1', 'L2', 'L3', 'L4', 'L5'] as const;
export type Level = (typeof LEVELS)[number];

export interface LevelDifference {
  level: Level;
  /** Which operation, and what of it. */
  where: string;
  expected: unknown;
  actual: unknown;
}

const AN_END = 'an end';

/** The run did not get to the end. */
export const isEnd = ({ expected }: LevelDifference): boolean => expected === AN_END;

/** The counters that both sides keep. */
const COUNTERS =
  /^(thp_|nr_page_table_pages$|nr_anon_transparent_hugepages$|nr_shmem|nr_mapped$|nr_file_pages$|nr_mlock$|pswp|swap_ra|unevictable_pgs_)/;

export class Comparison {
  readonly found: LevelDifference[] = [];
  private readonly record: CollapseRecord;

  constructor(record: CollapseRecord) {
    this.record = record;
  }

  /** @param i number of the operation */
  compare(i: number, actual: OpResult): void {
    const expected = this.record.ops[i]!;
    const where = `ops[${i}] ${expected.op}`;
    const name = this.record.operations[i]!.name;
    if (name === 'mem' || name === 'note' || name === 'sleep') return;
    for (const field of ['ret', 'err', 'pages', 'bad'] as const)
      if (!this.isUnstable(i, field))
        this.same('L1', `${where}: ${field}`, expected[field], name === 'snap' ? expected[field] : actual[field]);
    if (expected.procs !== undefined) this.snaps(i, where, expected, actual);
    if (actual.measured === undefined || expected.window === undefined) return;
    this.same('L2', `${where}: status`, expected.status, actual.measured.status);
    this.counters(i, where, expected, actual.measured);
    const window = this.record.windows[expected.window];
    if (window !== undefined) this.window(expected.window, where, window, actual.measured);
  }

  /** The run ended here. */
  ended(i: number, why: string): void {
    const op = this.record.ops[i]!;
    this.found.push({ level: 'L1', where: `ops[${i}] ${op.op}`, expected: AN_END, actual: why });
  }

  /** What is wrong with the memory in itself, whatever was recorded. */
  audited(findings: readonly string[]): void {
    for (const actual of findings) this.found.push({ level: 'L3', where: 'at the end', expected: 'right counts', actual });
  }

  private isUnstable(i: number, field: string): boolean {
    return this.record.unstable.some((path) => path.startsWith(`/${i}/${field}`));
  }

  private same(level: Level, where: string, expected: unknown, actual: unknown): void {
    if (JSON.stringify(expected) !== JSON.stringify(actual)) this.found.push({ level, where, expected, actual });
  }

  private snaps(i: number, where: string, expected: RecordedOp, actual: OpResult): void {
    if (this.isUnstable(i, 'procs')) return;
    const names = new Map<unknown, string>();
    const own = new Map<unknown, string>();
    for (const e of expected.procs ?? []) {
      const a = actual.procs?.find((one) => one.p === e.p);
      if (a === undefined) this.same('L3', `${where}: ${e.p}`, 'a process', 'none');
      else this.process(`${where}: ${e.p}`, e, a, names, own);
    }
    this.same('L3', `${where}: processes`, expected.procs?.length, actual.procs?.length);
    this.same('L3', `${where}: files`, expected.files ?? [], actual.files ?? []);
  }

  private process(where: string, e: ProcessSnap, a: ProcessSnap, names: Map<unknown, string>, own: Map<unknown, string>): void {
    this.same('L3', `${where}: dPTE`, e.dPTE, a.dPTE);
    this.same('L3', `${where}: VmLck`, e.VmLck, a.VmLck);
    this.same(
      'L3',
      `${where}: VMAs`,
      e.vmas.map(({ at, n }) => [at, n]),
      a.vmas.map(({ at, n }) => [at, n]),
    );
    e.vmas.forEach((v, k) => {
      const w = a.vmas[k];
      if (w === undefined) return;
      for (const field of ['perm', 'pgoff', 'Rss', 'AnonHugePages', 'ShmemPmdMapped', 'VmFlags'] as const)
        this.same('L3', `${where} ${v.at}: ${field}`, v[field], w[field]);
      this.same('L3', `${where} ${v.at}: pages`, renamed(v.pages, names), renamed(w.pages, own));
    });
  }

  private counters(i: number, where: string, expected: RecordedOp, actual: Measured): void {
    this.same('L4', `${where}: pages_collapsed`, expected.pages_collapsed, actual.pages_collapsed);
    this.same('L4', `${where}: full_scans`, expected.full_scans, actual.full_scans);
    if (!this.isUnstable(i, 'vmstat')) this.same('L4', `${where}: vmstat`, sorted(expected.vmstat ?? {}), sorted(actual.vmstat));
  }

  private window(number: number, where: string, window: Window, actual: Measured): void {
    const boots = Object.values(window.irq);
    if (!boots.some((boot) => JSON.stringify(boot.TLB) === JSON.stringify(actual.irq.TLB)))
      this.same('L5', `${where}: TLB interrupts`, boots[0]?.TLB, actual.irq.TLB);
    // Others call functions on CPUs too: what is recorded is at least what the operation asked for.
    if (!boots.some((boot) => actual.irq.CAL.every((n, cpu) => n <= boot.CAL[cpu]!)))
      this.same('L5', `${where}: function calls, at most`, boots[0]?.CAL, actual.irq.CAL);
    if (this.record.unstableTraces.has(number)) return;
    const actors = new Map<string, string[]>();
    for (const [actor, line] of actual.trace) if (isProbe(line)) actors.set(actor, [...(actors.get(actor) ?? []), line]);
    for (const [actor, items] of Object.entries(window.trace)) {
      const name = actor.replace(/@.*/, '');
      if (!items.some((item) => (typeof item === 'string' ? isProbe(item) : item.first.some(isProbe))) && !actors.has(name)) continue;
      const difference = compareTrace(items, actors.get(name) ?? []);
      if (difference !== null) this.same('L5', `${where}: ${actor}: ${difference.at}`, difference.expected, difference.actual);
      actors.delete(name);
    }
    for (const [actor, lines] of actors) this.same('L5', `${where}: ${actor}: flushes`, [], lines.slice(0, 3));
  }
}

const isProbe = (line: string): boolean => line.startsWith('probe flush_tlb_');

const sorted = (counters: Record<string, number>): [string, number][] =>
  Object.entries(counters)
    .filter(([name]) => COUNTERS.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));

/** Huge pages by the order in which they come up, without their zone. */
function renamed(runs: PageRun[], names: Map<unknown, string>): PageRun[] {
  return runs.map((run) => {
    if (run.length < 5) return run;
    const [at, n, state, huge, offset] = run;
    let name = names.get(huge);
    if (name === undefined) names.set(huge, (name = `T${names.size + 1}`));
    return [at!, n!, state!, name, offset!];
  });
}

interface TraceDifference {
  at: string;
  expected: unknown;
  actual: unknown;
}

/** Of a repeated block the first and the last instance are known, and how often it comes. */
function compareTrace(items: readonly TraceItem[], lines: readonly string[]): TraceDifference | null {
  let n = 0;
  const next = (expected: readonly string[]): TraceDifference | null => {
    for (const line of expected) {
      if (lines[n] !== line) return { at: `flush ${n}`, expected: line, actual: lines[n] ?? 'none' };
      n++;
    }
    return null;
  };
  for (const item of items) {
    const blocks = typeof item === 'string' ? { times: 1, first: [item], last: [] } : item;
    const first = blocks.first.flatMap(probes);
    const difference = next(first);
    if (difference !== null) return difference;
    if (blocks.times < 2) continue;
    n += (blocks.times - 2) * first.length;
    const late = next(blocks.last.flatMap(probes));
    if (late !== null) return late;
  }
  return n === lines.length ? null : { at: `flush ${n}`, expected: 'none', actual: lines[n] ?? `only ${lines.length}` };
}

/** A line that came several times in a row ends in "xN". */
function probes(line: string): string[] {
  if (!isProbe(line)) return [];
  const m = /^(.*) x(\d+)$/.exec(line);
  return m === null ? [line] : Array<string>(Number(m[2])).fill(m[1]!);
}
