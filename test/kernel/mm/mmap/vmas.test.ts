// SPDX-License-Identifier: GPL-2.0-only
/**
 * Address spaces against a map of pages: what may be done where, and what is found there, whatever order of mmap, munmap, mprotect, mremap, mlock,
 * madvise and fork led there. Time budget: 8 s.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { peek } from '../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { entryPfn } from '../../../../mmu/entry.ts';
import { frameOfSlot, slotOf } from '../../../../mmu/phys-mem.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pte_present } from '../../../../src/kernel/arch/x86/include/asm/pgtable.ts';
import { SIGSEGV } from '../../../../src/kernel/arch/x86/mm/fault/do_user_addr_fault.ts';
import { user_load, user_store } from '../../../../src/kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { VM_ACCOUNT, VM_DONTCOPY, VM_LOCKED, VM_READ, VM_WRITE } from '../../../../src/kernel/include/linux/mm/vm_flags.ts';
import { mm_find_pmd, pte_index } from '../../../../src/kernel/include/linux/mm.ts';
import { anon_vma, anon_vma_chain, mm_struct, page as struct_page, vm_area_struct } from '../../../../src/kernel/include/linux/mm_types.ts';
import { allCaches, slab_stride } from '../../../../src/kernel/include/linux/slab.ts';
import * as uapi from '../../../../src/kernel/include/uapi/asm-generic/mman.ts';
import { do_madvise } from '../../../../src/kernel/mm/madvise/do_madvise.ts';
import { vm_normal_page } from '../../../../src/kernel/mm/memory/vm_normal_page.ts';
import { do_mlock, do_munlock } from '../../../../src/kernel/mm/mlock/do_mlock.ts';
import { vm_mmap_pgoff } from '../../../../src/kernel/mm/mmap/do_mmap.ts';
import { vm_munmap } from '../../../../src/kernel/mm/mmap/do_munmap.ts';
import { do_mprotect } from '../../../../src/kernel/mm/mprotect/do_mprotect.ts';
import { do_mremap } from '../../../../src/kernel/mm/mremap/do_mremap.ts';
import { anon_vma_chains } from '../../../../src/kernel/mm/rmap/anon_vma_chain.ts';
import { cpu_slab } from '../../../../src/kernel/mm/slub/kmem_cache_init.ts';
import { vm_memory_committed } from '../../../../src/kernel/mm/util/__vm_enough_memory.ts';
import { at } from '../../../../src/kernel/struct.ts';
import { type DirectMachine, directMachine } from '../../direct-machine.ts';
import { exit, fork, newProcess, use } from '../memory/process.ts';

/** The pages that the steps are about lie on both sides of a border between two page tables. */
const BASE = 0x401f0000;
const PAGES = 32;

interface Page {
  read: boolean;
  write: boolean;
  locked: boolean;
  dontcopy: boolean;
  value: number;
}

type Model = (Page | null)[];

interface Process {
  mm: Ptr;
  model: Model;
}

const step = fc.record({
  op: fc.constantFrom(
    'mmap',
    'mmap',
    'munmap',
    'mprotect',
    'mremap',
    'mremap',
    'write',
    'write',
    'mlock',
    'munlock',
    'dontfork',
    'dofork',
    'dontneed',
    'fork',
    'exit',
  ),
  who: fc.nat(2),
  from: fc.nat(PAGES - 1),
  n: fc.integer({ min: 1, max: 12 }),
  to: fc.nat(PAGES - 1),
  prot: fc.constantFrom(uapi.PROT_NONE, uapi.PROT_READ, uapi.PROT_READ | uapi.PROT_WRITE, uapi.PROT_READ | uapi.PROT_WRITE),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const addr = (page: number): number => BASE + page * 4096;

/** Runs a step on the port and on the model, and compares what the call returned. */
function perform(d: DirectMachine, processes: Process[], s: Step, seed: number): void {
  const p = processes[s.who % processes.length]!;
  const { mm, model } = p;
  const n = Math.min(s.n, PAGES - s.from);
  const range = Array.from({ length: n }, (_, i) => s.from + i);
  const mapped = range.every((i) => model[i] !== null);
  const ret = (code: Parameters<typeof d.run<number>>[0]): number => d.run(code);
  use(d, mm);
  switch (s.op) {
    case 'mmap': {
      const flags = uapi.MAP_PRIVATE | uapi.MAP_ANONYMOUS | uapi.MAP_FIXED;
      expect(ret((c) => vm_mmap_pgoff(c, mm, NULL, addr(s.from), n * 4096, s.prot, flags, 0))).toBe(addr(s.from));
      for (const i of range) model[i] = { read: (s.prot & 1) !== 0, write: (s.prot & 2) !== 0, locked: false, dontcopy: false, value: 0 };
      return;
    }
    case 'munmap':
      expect(ret((c) => vm_munmap(c, mm, addr(s.from), n * 4096))).toBe(0);
      for (const i of range) model[i] = null;
      return;
    case 'mprotect': {
      const error = ret((c) => do_mprotect(c, mm, addr(s.from), n * 4096, s.prot));
      expect(error === 0).toBe(mapped);
      for (const i of range) {
        if (model[i] == null) break; // up to the first hole
        model[i] = { ...model[i]!, read: (s.prot & 1) !== 0, write: (s.prot & 2) !== 0 };
      }
      return;
    }
    case 'mremap': {
      const to = Math.min(s.to, PAGES - n);
      const overlap = to < s.from + n && s.from < to + n;
      const one = sameVma(d, mm, s.from, n);
      const flags = uapi.MREMAP_MAYMOVE | uapi.MREMAP_FIXED;
      const got = ret((c) => do_mremap(c, mm, addr(s.from), n * 4096, n * 4096, flags, addr(to)));
      expect(got >= 0).toBe(!overlap && one);
      if (model[s.from] === null || overlap) return;
      const moved = range.map((i) => model[i]!);
      for (let i = 0; i < n; i++) model[to + i] = null; // that goes first, whatever comes of the rest
      if (!one) return;
      for (const i of range) model[i] = null;
      for (let i = 0; i < n; i++) model[to + i] = moved[i]!;
      return;
    }
    case 'write':
      for (const i of range) {
        const writable = model[i]?.write === true;
        expect(ret((c) => user_store(c, mm, addr(i), seed + i))).toBe(writable ? 0 : SIGSEGV);
        if (writable) model[i]!.value = seed + i;
      }
      return;
    case 'mlock':
    case 'munlock': {
      const lock = s.op === 'mlock';
      const error = ret((c) => (lock ? do_mlock(c, mm, addr(s.from), n * 4096, 0) : do_munlock(c, mm, addr(s.from), n * 4096)));
      if (!lock) expect(error === 0).toBe(mapped);
      for (const i of range) {
        if (model[i] == null) break;
        model[i]!.locked = lock;
      }
      return;
    }
    case 'dontfork':
    case 'dofork': {
      const advice = s.op === 'dontfork' ? uapi.MADV_DONTFORK : uapi.MADV_DOFORK;
      expect(ret((c) => do_madvise(c, mm, addr(s.from), n * 4096, advice)) === 0).toBe(mapped);
      for (const i of range) if (model[i] != null) model[i]!.dontcopy = s.op === 'dontfork';
      return;
    }
    case 'dontneed':
      ret((c) => do_madvise(c, mm, addr(s.from), n * 4096, uapi.MADV_DONTNEED));
      for (const i of range) {
        if (model[i]?.locked === true) break; // -EINVAL, and nothing behind it is looked at
        if (model[i] != null) model[i]!.value = 0;
      }
      return;
    case 'fork': {
      if (processes.length === 3) return;
      const child = model.map((page) => (page === null || page.dontcopy ? null : { ...page, locked: false }));
      processes.push({ mm: fork(d, mm), model: child });
      return;
    }
    default:
      if (processes.length === 1) return;
      exit(d, mm);
      processes.splice(processes.indexOf(p), 1);
  }
}

function* vmas(d: DirectMachine, mm: Ptr): Generator<Ptr> {
  const c = d.m.contexts[0]!;
  for (let vma = peek(c, at(mm, mm_struct.mmap)); vma !== NULL; vma = peek(c, at(vma as Ptr, vm_area_struct.vm_next))) yield vma as Ptr;
}

function sameVma(d: DirectMachine, mm: Ptr, from: number, n: number): boolean {
  const c = d.m.contexts[0]!;
  for (const vma of vmas(d, mm)) {
    const start = peek(c, at(vma, vm_area_struct.vm_start));
    const end = peek(c, at(vma, vm_area_struct.vm_end));
    if (start <= addr(from) && addr(from) < end) return addr(from + n) <= end;
  }
  return false;
}

/** The VMAs say of each page what the model says, and the counters of the mm agree. */
function compareVmas(d: DirectMachine, { mm, model }: Process): number {
  const c = d.m.contexts[0]!;
  const said: (string | null)[] = model.map(() => null);
  let count = 0;
  let end = 0;
  let prev: Ptr = NULL;
  let accounted = 0;
  for (const vma of vmas(d, mm)) {
    const field = (f: number): number => peek(c, at(vma, f));
    expect(field(vm_area_struct.vm_start)).toBeGreaterThanOrEqual(end);
    expect(field(vm_area_struct.vm_prev)).toBe(prev);
    expect(field(vm_area_struct.vm_mm)).toBe(mm);
    end = field(vm_area_struct.vm_end);
    prev = vma;
    count++;
    const flags = field(vm_area_struct.vm_flags);
    const pages = (end - field(vm_area_struct.vm_start)) / 4096;
    if ((flags & VM_ACCOUNT) !== 0) accounted += pages;
    for (let i = 0; i < pages; i++)
      said[(field(vm_area_struct.vm_start) - BASE) / 4096 + i] = text(flags, VM_READ, VM_WRITE, VM_LOCKED, VM_DONTCOPY);
  }
  const expected = model.map((p) => (p === null ? null : `${p.read}${p.write}${p.locked}${p.dontcopy}`));
  expect(said).toEqual(expected);
  expect(peek(c, at(mm, mm_struct.map_count))).toBe(count);
  expect(peek(c, at(mm, mm_struct.total_vm))).toBe(model.filter((p) => p !== null).length);
  expect(peek(c, at(mm, mm_struct.locked_vm))).toBe(model.filter((p) => p?.locked === true).length);
  return accounted;
}

const text = (flags: number, ...bits: number[]): string => bits.map((b) => `${(flags & b) !== 0}`).join('');

function compareContents(d: DirectMachine, { mm, model }: Process): void {
  use(d, mm);
  const c = d.m.contexts[0]!;
  for (const [i, page] of model.entries()) {
    const value = d.run((cpu) => user_load(cpu, mm, addr(i)));
    if (page?.read === true || page?.write === true) expect(value).toBe(page.value);
    else expect(c.out).toBe(SIGSEGV);
  }
}

/** Every anonymous page is numbered as its VMA says, and known to an anon_vma that leads to the VMA; the counts of anon_vmas are right. */
function compareAnonVmas(d: DirectMachine, processes: Process[]): void {
  const c = d.m.contexts[0]!;
  const active = new Map<Ptr, number>();
  const all = new Set<Ptr>();
  for (const { mm } of processes)
    for (const vma of vmas(d, mm)) {
      const own = peek(c, at(vma, vm_area_struct.anon_vma)) as Ptr;
      if (own !== NULL) active.set(own, (active.get(own) ?? 0) + 1);
      const known = anon_vma_chains(c, vma).map((avc) => peek(c, at(avc, anon_vma_chain.anon_vma)) as Ptr);
      for (const av of known) {
        all.add(av);
        expect(anonVmaHas(c, av, vma)).toBe(true);
      }
      const start = peek(c, at(vma, vm_area_struct.vm_start));
      const end = peek(c, at(vma, vm_area_struct.vm_end));
      for (let va = start; va < end; va += 4096) {
        const page = pageAt(d, mm, va);
        if (page === NULL) continue;
        const mapping = peek(c, at(page, struct_page.mapping));
        expect(peek(c, at(page, struct_page.index))).toBe(peek(c, at(vma, vm_area_struct.vm_pgoff)) + (va - start) / 4096);
        expect(mapping & 1).toBe(1);
        expect(known).toContain(mapping - 1);
      }
    }
  for (const av of all) {
    expect(peek(c, at(av, anon_vma.num_active_vmas))).toBe(active.get(av) ?? 0);
    const children = [...all].filter((other) => peek(c, at(other, anon_vma.parent)) === av);
    expect(peek(c, at(av, anon_vma.num_children))).toBe(children.length);
  }
}

function anonVmaHas(c: Vcpu, av: Ptr, vma: Ptr): boolean {
  for (let avc = peek(c, at(av, anon_vma.rb_root)) as Ptr; avc !== NULL; avc = peek(c, at(avc, anon_vma_chain.rb_next)) as Ptr)
    if (peek(c, at(avc, anon_vma_chain.vma)) === vma) return true;
  return false;
}

/** The anonymous page that is mapped there, or NULL. */
function pageAt(d: DirectMachine, mm: Ptr, va: number): Ptr {
  const c = d.m.contexts[0]!;
  const { mem } = d.m;
  const pmd = mm_find_pmd(c, mm, va);
  const table = pmd === NULL ? 0 : peek(c, pmd);
  if (table === 0) return NULL;
  const pte = at(frameOfSlot(mem, slotOf(mem, entryPfn(table, peek(c, at(pmd, 1))))), pte_index(va));
  const lo = peek(c, pte);
  return pte_present(lo) ? vm_normal_page(c, NULL, va, lo, peek(c, at(pte, 1))) : NULL;
}

/** Free objects of the caches of address spaces, but for whole slabs. */
function spare(d: DirectMachine): Record<string, number> {
  const c = d.m.contexts[0]!;
  const result: Record<string, number> = {};
  for (const cache of allCaches()) {
    if (!['vm_area_struct', 'anon_vma', 'anon_vma_chain', 'mm_struct'].includes(cache.name)) continue;
    const perSlab = Math.floor(1024 / slab_stride(cache));
    let free = 0;
    for (let o = peek(c, cpu_slab(d.k, cache, 0)); o !== NULL; o = peek(c, (o + cache.layout.$words) as Ptr)) free++;
    result[cache.name] = free % perSlab;
  }
  return result;
}

test('an address space is what the calls made of it, and leaves nothing behind', () => {
  const d = directMachine({}, 48);
  const before = spare(d);
  const committed = vm_memory_committed(d.k);
  let seed = 1;
  fc.assert(
    fc.property(fc.array(step, { minLength: 4, maxLength: 40 }), (steps) => {
      const processes: Process[] = [{ mm: newProcess(d), model: Array.from({ length: PAGES }, () => null) }];
      const all = { who: 0, from: 0, n: PAGES, to: 0, prot: uapi.PROT_READ | uapi.PROT_WRITE };
      for (const op of ['mmap', 'write'] as const) perform(d, processes, { ...all, op }, (seed += 100));
      for (const s of steps) {
        perform(d, processes, s, (seed += 100));
        if (s.op === 'mremap') for (const p of processes) compareContents(d, p);
        let accounted = 0;
        for (const p of processes) accounted += compareVmas(d, p);
        expect(vm_memory_committed(d.k)).toBe(committed + accounted);
      }
      for (const p of processes) compareContents(d, p);
      compareAnonVmas(d, processes);
      for (const p of processes) exit(d, p.mm);
      expect(spare(d)).toEqual(before);
    }),
    { seed: 1, numRuns: 25 },
  );
});
