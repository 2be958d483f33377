// SPDX-License-Identifier: GPL-2.0-only
/** A machine as a row asks for it, whose ranges are filled, collapse, and are given back, round after round. */
import { PAGE_SIZE_2M } from '../../../mmu/entry.ts';
import { frameOfSlot, slotOf } from '../../../mmu/phys-mem.ts';
import { NULL, type Pfn, type Ptr } from '../../../mmu/types.ts';
import { pte_pfn } from '../../../src/kernel/arch/x86/include/asm/pgtable.ts';
import { mm_struct } from '../../../src/kernel/include/linux/mm_types.ts';
import { dup_mm } from '../../../src/kernel/kernel/fork/dup_mm.ts';
import { mm_alloc } from '../../../src/kernel/kernel/fork/mm_alloc.ts';
import { H0, PAGE_SIZE } from '../../../src/workload/address.ts';
import { createFile, truncate } from '../../../src/workload/files.ts';
import { madvise, mmap, munmap } from '../../../src/workload/syscalls.ts';
import { read, verify, write } from '../../../src/workload/user.ts';
import { DEFAULTS, type OpenFile, type Process, World, worldMemory } from '../../../src/workload/world.ts';
import type { Row } from '../row.ts';

const PAGES = 512;
const HUGE = PAGES * PAGE_SIZE;
const BYTES = 2 ** 31;

export const addressOf = (range: number): number => H0 + range * HUGE;

export class Setting {
  readonly w: World;
  readonly first: Process;
  private readonly row: Row;
  private readonly seed: number;
  private readonly file: OpenFile | null;
  private others: Process[] = [];

  /** @param words all zero */
  constructor(row: Row, words: Int32Array, seed: number) {
    const { release, sync, cpus } = row;
    this.row = row;
    this.seed = seed;
    this.w = new World({ ...DEFAULTS, release, cpus, bytes: BYTES, kernel: { sync, proveLocking: false } }, worldMemory(words));
    this.first = this.spawn('first');
    for (let cpu = 1; cpu < cpus; cpu++) this.w.addThread(this.first, cpu, true);
    if (row.memory === 'shmem') createFile(this.w, 'file', 'memfd', row.ranges * HUGE);
    this.file = this.w.files.get('file') ?? null;
  }

  private spawn(name: string): Process {
    return this.w.addProcess(
      name,
      0,
      this.w.run(0, (c) => mm_alloc(c)),
    );
  }

  private get pages(): number {
    return this.row.ranges * PAGES;
  }

  private map(p: Process): void {
    must(mmap(this.w, p, H0, this.pages, 'rw', this.file !== null, this.file?.file ?? NULL, 0) === 0, 'mmap');
  }

  /** Every range is as the row says, in every process. */
  fill(): void {
    const { w, first, row, file } = this;
    const stride = Math.floor(PAGES / row.present);
    this.map(first);
    for (let i = 0; i < row.ranges; i++) this.write(addressOf(i), row.present, stride);
    for (let i = 1; i < row.processes; i++) {
      const name = `other ${i}`;
      const p = file !== null ? this.spawn(name) : w.addProcess(name, 0, w.by(first, (c) => dup_mm(c, first.mm)) as Ptr);
      this.others.push(p);
      if (file === null) continue;
      this.map(p);
      for (let j = 0; j < row.ranges; j++) must(read(w, p, addressOf(j), row.present, stride).pages === row.present, 'read');
    }
    // A range that nobody may write to does not collapse: of one page the first process has a copy of its own again.
    if (file === null && row.processes > 1) for (let i = 0; i < row.ranges; i++) this.write(addressOf(i), 1, PAGES);
  }

  /** Where there are 384 of 512, three of four. */
  private write(at: number, present: number, stride: number): void {
    const { w, first, seed } = this;
    if (stride > 1 || present === PAGES) {
      must(write(w, first, at, present, seed, stride).pages === present, 'write');
      return;
    }
    for (let i = 0; i < PAGES; i++) if (i % 4 !== 3) must(write(w, first, at + i * PAGE_SIZE, 1, seed, 1).pages === 1, 'write');
  }

  /** @returns 0 or a negative errno */
  collapse(range: number): number {
    return madvise(this.w, this.first, addressOf(range), PAGES, 'COLLAPSE');
  }

  isSound(range: number): boolean {
    return verify(this.w, this.first, addressOf(range), 1, this.seed, 1, 0).bad === 0;
  }

  /** A process but the first, if there is one. */
  get second(): Process {
    return this.others[0]!;
  }

  /** Everything goes. */
  drop(): void {
    for (const p of this.others) {
      this.w.exit(p);
      this.w.processes.delete(p.name);
    }
    this.others = [];
    must(munmap(this.w, this.first, H0, this.pages) === 0, 'munmap');
    if (this.file === null) return;
    truncate(this.w, this.file, 0);
    truncate(this.w, this.file, this.pages);
  }

  /** First words of the frames of a range that are present in the first process. */
  frames(range: number): number[] {
    const { mem } = this.w.m;
    const frame = (pfn: Pfn): number => frameOfSlot(mem, slotOf(mem, pfn));
    const entry = (at: number): Pfn => pte_pfn(mem.words[at]! >>> 0, mem.words[at + 1]! >>> 0);
    const va = addressOf(range);
    const directory = frame(mem.words[this.first.mm + mm_struct.pgd]! as Pfn);
    const pmd = frame(entry(directory + (va >>> 30) * 2)) + ((va >>> 21) & 511) * 2;
    must((mem.words[pmd]! & PAGE_SIZE_2M) === 0, 'small pages');
    const table = frame(entry(pmd));
    const frames: number[] = [];
    for (let i = 0; i < PAGES; i++) if ((mem.words[table + 2 * i]! & 1) !== 0) frames.push(frame(entry(table + 2 * i)));
    return frames;
  }
}

export function must(ok: boolean, what: string): void {
  if (!ok) throw new Error(`the benchmark's set-up failed: ${what}`);
}
