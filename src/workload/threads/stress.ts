// SPDX-License-Identifier: GPL-2.0-only
/**
 * Collapses with everything that may go on meanwhile: on every vCPU a thread of one process that all share, and a process of its own. All map one file; the
 * shared process has anonymous memory besides. Each vCPU stores and loads, has ranges collapsed, punches holes, cuts the file off and drops anonymous
 * pages, in an order that its seed gives; how the vCPUs meet is the host's. Whatever happens, no word may be lost: ledger.ts.
 */
import { rowOf } from '../../../cpu/parallel/board.ts';
import { self } from '../../../cpu/parallel/self.ts';
import { ANON, FILE, FRAME_KIND_NAMES, PGD, PMD_TABLE, PTE_TABLE } from '../../../mmu/frames.ts';
import { NULL, type Ptr } from '../../../mmu/types.ts';
import { Xorshift } from '../../engines/xorshift.ts';
import { audit } from '../../invariants/audit.ts';
import { auditFree, framesByKind } from '../../invariants/frames-in-use.ts';
import { user_load, user_store } from '../../kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { fput } from '../../kernel/fs/file_table/fput.ts';
import { do_truncate, vfs_fallocate } from '../../kernel/fs/open/vfs_fallocate.ts';
import { FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE } from '../../kernel/include/linux/fs.ts';
import type { TraceRecord } from '../../kernel/include/trace/trace.ts';
import { MADV_COLLAPSE, MADV_DONTNEED } from '../../kernel/include/uapi/asm-generic/mman.ts';
import { mm_alloc } from '../../kernel/kernel/fork/mm_alloc.ts';
import { mmput } from '../../kernel/kernel/fork/mmput.ts';
import { do_madvise } from '../../kernel/mm/madvise/do_madvise.ts';
import { H0, PAGE_SIZE } from '../address.ts';
import { createFile } from '../files.ts';
import { rootsOf } from '../roots.ts';
import { mmap } from '../syscalls.ts';
import type { Process, World } from '../world.ts';
import { Ledger } from './ledger.ts';
import { COLLAPSE, DONTNEED, EXIT, LOAD, PUNCH, STORE, TRUNCATE } from './operations.ts';
import type { ThreadEnd } from './run.ts';
import {
  ACCESSES,
  ANON_RANGES,
  ATTEMPTS,
  COLLAPSED,
  DROPPED,
  FILE_RANGES,
  FIRST_FILE_PAGE,
  HPAGE_PAGES,
  RANGES,
  STRESS_PAGES,
  type Stress,
} from './stress-counts.ts';
import type { Thread } from './thread.ts';

const SIGBUS = 7;

/** Pages of a range that are accessed often, and how far they lie apart. */
const HOT_PAGES = 4;
const HOT_APART = 100;

export interface StressWorld {
  shared: Process;
  own: Process[];
  file: Ptr;
  /** By kind, before there was anything of this. */
  framesBefore: number[];
}

export function prepareStress(w: World): StressWorld {
  const { cpus } = w.m;
  const framesBefore = framesByKind(w.k);
  const spawn = (name: string, cpu: number): Process =>
    w.addProcess(
      name,
      cpu,
      w.run(0, (c) => mm_alloc(c)),
    );
  const shared = spawn('shared', 0);
  const own = Array.from({ length: cpus }, (_, cpu) => spawn(`own${cpu}`, cpu));
  createFile(w, 'file', 'memfd', FILE_RANGES * HPAGE_PAGES * PAGE_SIZE);
  const { file } = w.files.get('file')!;
  mmap(w, shared, H0, FIRST_FILE_PAGE, 'rw', false, NULL, 0);
  for (const p of [shared, ...own]) mmap(w, p, addressOf(FIRST_FILE_PAGE), FILE_RANGES * HPAGE_PAGES, 'rw', true, file, 0);
  return { shared, own, file, framesBefore };
}

const addressOf = (page: number): number => H0 + page * PAGE_SIZE;

/**
 * The storm; then, while nothing else goes on, a look at every word and every count; then everything ends, and nothing may be left.
 * @param end gets what is wrong, and how attempts ended
 */
export function runStress(
  t: Thread,
  world: StressWorld,
  stress: Stress,
  end: ThreadEnd,
  timed: (end: ThreadEnd, work: () => void) => void,
): void {
  const { k } = t.w;
  const stressor = new Stressor(t, world, stress);
  t.meet(0);
  timed(end, () => stressor.run(stress.collapses));
  t.meet(1);
  stressor.lookAtAll();
  t.settle();
  t.meet(2);
  const first = self.cpu === 0;
  end.results = Object.fromEntries(stressor.results);
  end.findings = stressor.findings;
  if (first) end.findings.push(...audit(k, rootsOf(t.w)), ...auditFree(k));
  t.meet(3);
  t.load(k.init_mm);
  t.meet(4);
  t.run(EXIT, 0, 0, (c) => mmput(c, world.own[self.cpu]!.mm));
  if (first) {
    t.run(EXIT, 0, 0, (c) => mmput(c, world.shared.mm));
    t.run(EXIT, 0, 0, (c) => fput(c, world.file));
  }
  t.settle();
  t.meet(5);
  if (first) end.findings.push(...leftOver(framesByKind(k), world.framesBefore), ...auditFree(k));
}

/** Frames of user memory, and of page tables, that nobody has any more. */
function leftOver(now: number[], before: number[]): string[] {
  return [ANON, FILE, PTE_TABLE, PMD_TABLE, PGD].flatMap((kind) => {
    const n = (now[kind] ?? 0) - (before[kind] ?? 0);
    return n === 0 ? [] : [`${n} frames are left (${FRAME_KIND_NAMES[kind]}) of processes that have ended`];
  });
}

class Stressor {
  private readonly t: Thread;
  private readonly world: StressWorld;
  private readonly random: Xorshift;
  private readonly ledger: Ledger;
  private readonly counts: number;
  /** Whose tables are loaded. */
  private p: Process;
  private value = 0;
  readonly findings: string[] = [];
  /** How attempts ended, by what the tracepoints say. */
  readonly results = new Map<string, number>();

  constructor(t: Thread, world: StressWorld, { seed, drops }: Stress) {
    this.t = t;
    this.world = world;
    this.random = new Xorshift(seed * 32 + self.cpu);
    this.ledger = new Ledger(drops);
    this.counts = rowOf(self.cpu);
    this.p = world.shared;
    t.w.k.tracer = this;
    t.load(this.p.mm);
  }

  /** A tracepoint. */
  push({ name, fields }: TraceRecord): void {
    const result =
      name === 'mm_collapse_huge_page' ? fields['status'] : name === 'mm_khugepaged_collapse_file' ? fields['result'] : undefined;
    if (result === undefined) return;
    this.results.set(`${result}`, (this.results.get(`${result}`) ?? 0) + 1);
    if (result === 'succeeded') Atomics.add(self.board, COLLAPSED, 1);
  }

  /** Until so many collapses have succeeded, or somebody has found something. */
  run(collapses: number): void {
    while (Atomics.load(self.board, COLLAPSED) < collapses && !this.t.stopped) this.step();
  }

  /** Nothing else goes on any more: every word is as it should be. */
  lookAtAll(): void {
    this.t.load(this.world.shared.mm);
    this.p = this.world.shared;
    for (let page = 0; page < STRESS_PAGES; page++) this.look(page);
  }

  private step(): void {
    const what = this.random.below(100);
    if (what < 40) this.access();
    else if (what < 70) this.collapse();
    else if (what < 97) this.drop();
    else this.switchProcess();
  }

  /** Any page that the process maps; mostly one of a few of each range, to which TLBs have translations when something happens to them. */
  private anyPage(): number {
    const first = this.p === this.world.shared ? 0 : ANON_RANGES;
    const range = first + this.random.below(RANGES - first);
    return range * HPAGE_PAGES + (this.random.below(4) === 0 ? this.random.below(HPAGE_PAGES) : HOT_APART * this.random.below(HOT_PAGES));
  }

  private access(): void {
    for (let i = 0; i < 8; i++) {
      const page = this.anyPage();
      if (this.random.below(2) === 0) this.store(page);
      else this.look(page);
    }
    self.board[this.counts + ACCESSES]! += 8;
  }

  /** The word of the page that is this thread's. */
  private wordOf(page: number): number {
    return addressOf(page) + 4 * (33 * self.cpu + 1);
  }

  private store(page: number): void {
    const va = this.wordOf(page);
    const value = (++this.value << 5) | self.cpu | 0x40000000;
    const finished = this.ledger.finishedBy(page);
    const signal = this.t.run(STORE, va, 0, (c) => user_store(c, this.p.mm, va, value));
    if (signal === 0) this.ledger.stored(page, value, finished);
    else this.killed(page, signal, finished);
  }

  private look(page: number): void {
    const va = this.wordOf(page);
    const finished = this.ledger.finishedBy(page);
    const got = this.t.run(LOAD, va, 0, (c) => user_load(c, this.p.mm, va)) | 0;
    const signal = this.t.c.out;
    if (signal !== 0) this.killed(page, signal, finished);
    else this.find(page, this.ledger.judge(page, got, finished));
  }

  /** Behind the end of a file that is being cut off. */
  private killed(page: number, signal: number, finished: number): void {
    const cut = page >= FIRST_FILE_PAGE && signal === SIGBUS && this.ledger.overlapped(page, finished);
    this.find(page, cut ? null : `gives signal ${signal}`);
  }

  private find(page: number, wrong: string | null): void {
    if (wrong === null) return;
    this.findings.push(`CPU${self.cpu}, ${this.p.name}: the word at 0x${this.wordOf(page).toString(16)} ${wrong}`);
    this.t.stop();
  }

  private collapse(): void {
    const first = this.p === this.world.shared ? 0 : ANON_RANGES;
    const va = addressOf((first + this.random.below(RANGES - first)) * HPAGE_PAGES);
    this.t.run(COLLAPSE, va, 0, (c) => do_madvise(c, this.p.mm, va, HPAGE_PAGES * PAGE_SIZE, MADV_COLLAPSE));
    self.board[this.counts + ATTEMPTS]!++;
  }

  /** Of the ranges that this thread may drop, one, whole or in part. */
  private drop(): void {
    const { cpus } = this.t.w.m;
    const range = self.cpu + cpus * this.random.below(Math.ceil(RANGES / cpus));
    if (range >= RANGES) return;
    const whole = this.random.below(4) > 0;
    const from = whole ? 0 : this.random.below(HPAGE_PAGES);
    const n = whole ? HPAGE_PAGES : 1 + this.random.below(HPAGE_PAGES - from);
    const page = range * HPAGE_PAGES + from;
    if (range < ANON_RANGES) this.dropAnonymous(page, n);
    else if (range === RANGES - 1 && this.random.below(4) === 0) this.truncate(page, STRESS_PAGES - page);
    else this.punch(page, n);
    self.board[this.counts + DROPPED]! += n;
  }

  private dropAnonymous(page: number, n: number): void {
    if (this.p !== this.world.shared) return;
    const va = addressOf(page);
    this.ledger.startDrop(page, n);
    this.t.run(DONTNEED, va, n, (c) => do_madvise(c, this.p.mm, va, n * PAGE_SIZE, MADV_DONTNEED));
    this.ledger.finishDrop(page, n);
  }

  private punch(page: number, n: number): void {
    const { file } = this.world;
    const offset = (page - FIRST_FILE_PAGE) * PAGE_SIZE;
    this.ledger.startDrop(page, n);
    this.t.run(PUNCH, offset / PAGE_SIZE, n, (c) =>
      vfs_fallocate(c, file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, n * PAGE_SIZE),
    );
    this.ledger.finishDrop(page, n);
  }

  private truncate(page: number, n: number): void {
    const { file } = this.world;
    const offset = (page - FIRST_FILE_PAGE) * PAGE_SIZE;
    this.ledger.startDrop(page, n);
    this.t.run(TRUNCATE, offset / PAGE_SIZE, 0, (c) => do_truncate(c, file, offset));
    this.t.run(TRUNCATE, FILE_RANGES * HPAGE_PAGES, 0, (c) => do_truncate(c, file, FILE_RANGES * HPAGE_PAGES * PAGE_SIZE));
    this.ledger.finishDrop(page, n);
  }

  private switchProcess(): void {
    this.p = this.random.below(3) === 0 ? this.world.own[self.cpu]! : this.world.shared;
    this.t.load(this.p.mm);
  }
}
