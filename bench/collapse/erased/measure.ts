// SPDX-License-Identifier: GPL-2.0-only
/**
 * Measures a row: rounds in which ranges are filled, and collapse in turn with the limit, 512 copies of 4 KiB by copyWithin from frames like theirs in the same
 * memory. What a round measures counts once the code is warm.
 */
import { NULL } from '../../../mmu/types.ts';
import { user_page } from '../../../src/kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { khugepaged_collapse_control } from '../../../src/kernel/mm/khugepaged/collapse_control.ts';
import { khugepaged_do_scan } from '../../../src/kernel/mm/khugepaged/khugepaged_do_scan.ts';
import { __khugepaged_enter } from '../../../src/kernel/mm/khugepaged/khugepaged_enter.ts';
import { khugepaged_attr_show } from '../../../src/kernel/mm/khugepaged/sysfs.ts';
import { PAGE_SIZE } from '../../../src/workload/address.ts';
import { madvise, mmap, munmap, pin, unpin } from '../../../src/workload/syscalls.ts';
import { cpuTime } from '../clock.ts';
import { figure, quantile } from '../figure.ts';
import { inPhases } from '../phases.ts';
import type { Figure, Row, RowResult } from '../row.ts';
import { addressOf, must, Setting } from './setting.ts';

const PAGES = 512;
const FRAME = 1024;
/** 2 GiB for the machine and for what the limit copies to. */
const WORDS = 2 ** 29;
/** As many as the largest row has huge pages, so that the limit finds its targets in a cache no more often than a collapse does. */
const TARGETS = 32;
/** Rounds after which V8 has compiled what it will. */
const WARM_UP = 12;

/** Copies as many frames as a huge page has. @returns microseconds */
function limit(all: Int32Array, from: readonly number[], target: number): number {
  const to = WORDS - (target + 1) * PAGES * FRAME;
  const start = cpuTime();
  for (let i = 0; i < PAGES; i++) {
    const at = from[i % from.length]!;
    all.copyWithin(to + i * FRAME, at, at + FRAME);
  }
  return cpuTime() - start;
}

export interface Options {
  seed: number;
  /** CPU time to measure for, in seconds, and rounds to measure at least. */
  seconds: number;
  rounds: number;
}

export function measureRow(row: Row, options: Options): RowResult {
  const machine = WORDS - TARGETS * PAGES * FRAME;
  const all = new Int32Array(new SharedArrayBuffer(WORDS * 4)).fill(1, machine);
  const setting = new Setting(row, all.subarray(0, machine), options.seed);
  const figures = { collapse: collapses, failure: failures, scan: scans, refault: refaults }[row.what](setting, row, options, all);
  return { row, figures };
}

type Figures = Record<string, Figure>;

/** Calls `round` until it has been warm for long enough. */
function repeat({ seconds, rounds }: Options, round: (warm: boolean) => void): void {
  for (let i = 0; i < WARM_UP; i++) round(false);
  const end = cpuTime() + seconds * 1e6;
  for (let i = 0; i < rounds || cpuTime() < end; i++) round(true);
}

function collapses(s: Setting, row: Row, options: Options, all: Int32Array): Figures {
  const { m } = s.w;
  /** Of single collapses, and of rounds. */
  const each: number[] = [];
  const [times, limits, shares, ipis, locks, walks]: number[][] = [[], [], [], [], [], []];
  const phases = new Map<string, number[]>();
  const walked = (): number => m.mmus.reduce((sum, mmu) => sum + mmu.counters.walks, 0);
  let turn = 0;
  repeat(options, (warm) => {
    s.fill();
    const listened = turn % 2 === 1;
    const [ipisBefore, locksBefore, walksBefore] = [m.counters.ipis, m.seq, walked()];
    let [time, copy] = [0, 0];
    const n = row.ranges / 2;
    for (let i = 0; i < row.ranges; i += 2) {
      const from = s.frames(i + 1);
      const collapse = (): void => must(s.collapse(i) === 0, `${row.name}: a range does not collapse`);
      if (listened) {
        const spent = inPhases(collapse);
        if (warm) for (const [name, us] of spent) phases.set(name, [...(phases.get(name) ?? []), us]);
      } else {
        const start = cpuTime();
        collapse();
        const took = cpuTime() - start;
        if (warm) each.push(took);
        time += took;
      }
      copy += limit(all, from, i / 2);
    }
    must(s.isSound(0), 'a page is lost');
    if (warm) {
      if (!listened) {
        times!.push(time / n);
        limits!.push(copy / n);
        shares!.push(copy / time);
      }
      ipis!.push((m.counters.ipis - ipisBefore) / n);
      locks!.push((m.seq - locksBefore) / n);
      walks!.push((walked() - walksBefore) / n);
    }
    turn++;
    s.drop();
  });
  const us = figure(times!);
  const per = (f: (v: number) => number): Figure => {
    const [a, b] = [f(us.low), f(us.high)];
    return { median: f(us.median), low: Math.min(a, b), high: Math.max(a, b) };
  };
  return {
    'us/collapse': us,
    'us/limit': figure(limits!),
    ...(row.present === PAGES && { shareOfCopyLimit: figure(shares!) }),
    'ns/page': per((v) => (v * 1000) / PAGES),
    'collapses/s': per((v) => 1e6 / v),
    'GiB/s': per((v) => 1e6 / v / 512),
    'p50 us': exactly(quantile(each, 0.5)),
    'p99 us': exactly(quantile(each, 0.99)),
    'max us': exactly(Math.max(...each)),
    ...Object.fromEntries([...phases].map(([name, v]) => [`${name} ns/page`, figure(v.map((us) => (us * 1000) / PAGES))])),
    'IPIs/collapse': figure(ipis!),
    'walks/collapse': figure(walks!),
    'waiting operations/collapse': figure(locks!),
    'lock waits/collapse': exactly(0),
  };
}

const exactly = (v: number): Figure => ({ median: v, low: v, high: v });

/** The last page of the range has one reference too many. */
function failures(s: Setting, row: Row, options: Options): Figures {
  s.fill();
  for (let i = 0; i < row.ranges; i++) pin(s.w, s.first, addressOf(i) + (PAGES - 1) * PAGE_SIZE, 1);
  const times: number[] = [];
  repeat(options, (warm) => {
    const start = cpuTime();
    for (let i = 0; i < row.ranges; i++) must(s.collapse(i) !== 0, 'a pinned range collapses');
    if (warm) times.push((cpuTime() - start) / row.ranges);
  });
  unpin(s.w, s.first);
  return { 'us/failure': figure(times), 'ns/page': figure(times.map((us) => (us * 1000) / PAGES)) };
}

/** The second process reads where its page table has been retracted. */
function refaults(s: Setting, row: Row, options: Options): Figures {
  const times: number[] = [];
  const { w } = s;
  repeat(options, (warm) => {
    s.fill();
    for (let i = 0; i < row.ranges; i++) must(s.collapse(i) === 0, 'a range does not collapse');
    const start = cpuTime();
    w.as(s.second, () => {
      for (let i = 0; i < row.ranges; i++) w.run(s.second.cpu, (c) => user_page(c, s.second.mm, addressOf(i), false));
    });
    if (warm) times.push((cpuTime() - start) / row.ranges);
    s.drop();
  });
  return { 'us/fault': figure(times) };
}

/** Passes of khugepaged over ranges that have no page table, are huge, or have an empty table. */
function scans({ w, first }: Setting, row: Row, options: Options): Figures {
  const pages = row.ranges * PAGES;
  must(mmap(w, first, addressOf(0), pages, 'rw', false, NULL, 0) === 0, 'mmap');
  for (let i = 0; i < row.ranges && row.idle !== 'untouched'; i++)
    w.as(first, () => w.run(0, (c) => user_page(c, first.mm, addressOf(i), true)));
  if (row.idle === 'huge') for (let i = 0; i < row.ranges; i++) must(madvise(w, first, addressOf(i), PAGES, 'COLLAPSE') === 0, 'collapse');
  must(row.idle === 'untouched' || madvise(w, first, addressOf(0), pages, row.idle === 'huge' ? 'HUGEPAGE' : 'DONTNEED') === 0, 'madvise');
  must(madvise(w, first, addressOf(0), pages, 'HUGEPAGE') === 0, 'madvise');
  w.run(0, (c) => __khugepaged_enter(c, first.mm));
  const passes = (): number => Number(khugepaged_attr_show(w.m.contexts[0]!, 'full_scans'));
  const times: number[] = [];
  repeat(options, (warm) => {
    const before = passes();
    const start = cpuTime();
    for (let i = 0; i < 16; i++) w.byKthread(0, (c) => khugepaged_do_scan(c, khugepaged_collapse_control));
    const took = cpuTime() - start;
    if (warm) times.push((took * 1000) / pages / Math.max(1, passes() - before));
  });
  munmap(w, first, addressOf(0), pages);
  return { 'ns/PTE': figure(times) };
}
