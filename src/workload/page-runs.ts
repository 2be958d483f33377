// SPDX-License-Identifier: GPL-2.0-only
/**
 * The pages of a range of addresses as runs of equal ones: what /proc/PID/pagemap, kpageflags and kpagecount say together.
 *
 * Reference: Linux v6.1 fs/proc/task_mmu.c, pagemap_pmd_range(); fs/proc/page.c, stable_page_flags().
 */
import { PAGE_SIZE_2M, PRESENT } from '../../mmu/entry.ts';
import { frameOfSlot, type PhysMem, pageOfSlot, slotOf } from '../../mmu/phys-mem.ts';
import type { Pfn, Ptr } from '../../mmu/types.ts';
import { pmd_pfn, pte_pfn } from '../kernel/arch/x86/include/asm/pgtable.ts';
import { mm_struct, page as struct_page } from '../kernel/include/linux/mm_types.ts';
import { PG_head, PG_swapcache, PG_unevictable } from '../kernel/include/linux/page-flags-bits.ts';
import { is_zero_pfn } from '../kernel/include/linux/pgtable/zero_pfn.ts';
import { addressText, PAGE_SIZE } from './address.ts';
import type { PageRun } from './result.ts';
import type { World } from './world.ts';

const HUGE = 0x200000;
const PROT_NONE = 0x100;
const MAPPING_ANON = 1;
/** More runs than this are shortened, to so many at each end. */
const MOST_RUNS = 70;
const ENDS = 8;

interface Run {
  at: number;
  n: number;
  state: string;
  /** Number of the huge page that it is part of, 0 for none, and the first of its pages here. */
  huge: number;
  offset: number;
}

export class PageRuns {
  /** Pages in memory. */
  present = 0;
  /** Huge mappings. */
  anonHuge = 0;
  fileHuge = 0;
  private readonly w: World;
  private readonly mem: PhysMem;
  private readonly mm: Ptr;
  private readonly names: Map<number, string>;
  private readonly runs: Run[] = [];

  /** @param names of the huge pages met so far, by the place of their head */
  constructor(w: World, mm: Ptr, names: Map<number, string>) {
    this.w = w;
    this.mem = w.m.mem;
    this.mm = mm;
    this.names = names;
  }

  walk(start: number, end: number): void {
    for (let at = start; at < end; ) {
      const next = Math.min(end, (Math.floor(at / HUGE) + 1) * HUGE);
      this.walkTable(at, next);
      at = next;
    }
  }

  private walkTable(start: number, end: number): void {
    const { mem } = this;
    const directory = this.frame(mem.words[this.mm + mm_struct.pgd]! as Pfn);
    const top = directory + (start >>> 30) * 2;
    if ((mem.words[top]! & PRESENT) === 0) {
      this.add(start, (end - start) / PAGE_SIZE, 'none', 0, 0);
      return;
    }
    const pmd = this.frame(pte_pfn(mem.words[top]! >>> 0, mem.words[top + 1]! >>> 0)) + ((start >>> 21) & 511) * 2;
    const lo = mem.words[pmd]! >>> 0;
    const hi = mem.words[pmd + 1]! >>> 0;
    if ((lo & PAGE_SIZE_2M) !== 0) {
      this.addHuge(start, end, pmd_pfn(lo, hi));
      return;
    }
    if ((lo & PRESENT) === 0) {
      this.add(start, (end - start) / PAGE_SIZE, 'none', 0, 0);
      return;
    }
    const table = this.frame(pte_pfn(lo, hi));
    for (let at = start; at < end; at += PAGE_SIZE) {
      const pte = table + ((at >>> 12) & 511) * 2;
      this.addEntry(at, mem.words[pte]! >>> 0, mem.words[pte + 1]! >>> 0);
    }
  }

  private frame(pfn: Pfn): number {
    return frameOfSlot(this.mem, slotOf(this.mem, pfn));
  }

  private addHuge(start: number, end: number, first: Pfn): void {
    const pfn = (first + ((start & (HUGE - 1)) >>> 12)) as Pfn;
    const head = pageOfSlot(this.mem, slotOf(this.mem, pfn));
    if (this.isAnon(head)) this.anonHuge++;
    else this.fileHuge++;
    // pagemap asks the first page for all of them whether nobody else maps it.
    const alone = this.mapcount(pageOfSlot(this.mem, slotOf(this.mem, first))) === 1;
    for (let at = start; at < end; at += PAGE_SIZE) this.addPage(at, (pfn + (at - start) / PAGE_SIZE) as Pfn, alone);
  }

  private addEntry(at: number, lo: number, hi: number): void {
    if (lo === 0 && hi === 0) {
      this.add(at, 1, 'none', 0, 0);
      return;
    }
    if ((lo & (PRESENT | PROT_NONE)) === 0) {
      this.add(at, 1, 'swap', 0, 0);
      return;
    }
    const pfn = pte_pfn(lo, hi);
    if (is_zero_pfn(this.w.m.contexts[0]!, pfn)) {
      this.add(at, 1, 'present zero map=0', 0, 0);
      return;
    }
    this.addPage(at, pfn);
  }

  private headOf(page: number): number {
    const tail = this.mem.words[page + struct_page.compound_head]! >>> 0;
    return tail % 2 === 1 ? tail - 1 : page;
  }

  private isAnon(page: number): boolean {
    return (this.mem.words[this.headOf(page) + struct_page.mapping]! & MAPPING_ANON) !== 0;
  }

  private mapcount(page: number): number {
    const { words } = this.mem;
    const head = this.headOf(page);
    const huge = ((words[head + struct_page.flags]! >>> PG_head) & 1) !== 0;
    return words[page + struct_page._mapcount]! + 1 + (huge ? words[head + struct_page._entire_mapcount]! + 1 : 0);
  }

  /** @param alone whether nobody else maps it; by default its own count tells */
  private addPage(at: number, pfn: Pfn, alone?: boolean): void {
    const { words } = this.mem;
    const page = pageOfSlot(this.mem, slotOf(this.mem, pfn));
    const head = this.headOf(page);
    const flags = words[head + struct_page.flags]!;
    const huge = ((flags >>> PG_head) & 1) !== 0;
    const count = this.mapcount(page);
    const anon = this.isAnon(page);
    this.present++;
    const parts = ['present', anon ? 'anon' : 'file'];
    if (huge) parts.push('thp');
    if (anon && ((flags >>> PG_swapcache) & 1) !== 0) parts.push('swapcache');
    if (((words[page + struct_page.flags]! >>> PG_unevictable) & 1) !== 0) parts.push('unevictable');
    parts.push(`map=${count}`);
    if (alone ?? count === 1) parts.push('excl');
    this.add(at, 1, parts.join(' '), huge ? head : 0, huge ? (page - head) / struct_page.$words : 0);
  }

  private add(at: number, n: number, state: string, huge: number, offset: number): void {
    const last = this.runs.at(-1);
    if (last !== undefined && last.state === state && last.huge === huge && (huge === 0 || last.offset + last.n === offset)) last.n += n;
    else this.runs.push({ at, n, state, huge, offset });
  }

  result(): PageRun[] {
    const all = this.runs.map((r): PageRun => {
      const run: PageRun = [addressText(r.at), r.n, r.state];
      if (r.huge !== 0) run.push(this.nameOf(r.huge), r.offset);
      return run;
    });
    const cut = all.length - 2 * ENDS;
    return all.length > MOST_RUNS ? [...all.slice(0, ENDS), ['...', cut, 'runs left out'], ...all.slice(-ENDS)] : all;
  }

  private nameOf(head: number): string {
    let name = this.names.get(head);
    if (name === undefined) this.names.set(head, (name = `T${this.names.size + 1}`));
    return name;
  }
}
