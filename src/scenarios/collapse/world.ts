// SPDX-License-Identifier: GPL-2.0-only
/**
 * The starting state that the collapse scenarios share: a whole kernel with 12 MiB of memory, and a process P with 2 MiB of memory at ADDRESS of which a
 * few pages are there. All of it comes about as it would in Linux: by mmap() and by faults.
 */
import { drive } from '../../../cpu/direct.ts';
import { peek, poke } from '../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { EFER_NXE } from '../../../mmu/control.ts';
import { entryPfn, PRESENT } from '../../../mmu/entry.ts';
import { frameOfSlot, pageOfSlot, slotOf, slotOfPageWord, slotOfWord } from '../../../mmu/phys-mem.ts';
import { NULL, type Pfn, type Ptr } from '../../../mmu/types.ts';
import { _PAGE_PSE } from '../../kernel/arch/x86/include/asm/pgtable_types.ts';
import { do_user_addr_fault, X86_PF_USER, X86_PF_WRITE } from '../../kernel/arch/x86/mm/fault/do_user_addr_fault.ts';
import { boot_cpu_on } from '../../kernel/arch/x86/mm/tlb/boot_cpu_on.ts';
import { vfs_write_words } from '../../kernel/fs/read_write/vfs_write.ts';
import { new_userfaultfd } from '../../kernel/fs/userfaultfd/userfaultfd_ctx.ts';
import { UFFDIO_REGISTER_MODE_MISSING, userfaultfd_register } from '../../kernel/fs/userfaultfd/userfaultfd_register.ts';
import { VM_NORESERVE } from '../../kernel/include/linux/mm/vm_flags.ts';
import { address_space, file, inode, mm_struct, page as struct_page } from '../../kernel/include/linux/mm_types.ts';
import { XA_CHUNK_MASK, xa_is_node, xa_is_sibling, xa_node, xa_to_node, xa_to_sibling } from '../../kernel/include/linux/xarray.ts';
import { MAP_ANONYMOUS, MAP_FIXED, MAP_PRIVATE, MAP_SHARED, PROT_READ, PROT_WRITE } from '../../kernel/include/uapi/asm-generic/mman.ts';
import { mm_init } from '../../kernel/init/mm_init.ts';
import { mm_alloc } from '../../kernel/kernel/fork/mm_alloc.ts';
import { type Kernel, newObject } from '../../kernel/kernel.ts';
import { thp_sysfs_store } from '../../kernel/mm/huge_memory/sysfs.ts';
import { vm_mmap_pgoff } from '../../kernel/mm/mmap/do_mmap.ts';
import { shmem_file_setup } from '../../kernel/mm/shmem/shmem_file_setup.ts';
import { at, atomic, ptr, struct } from '../../kernel/struct.ts';

/** Where P's 2 MiB lie. */
export const ADDRESS = 0x40000000;
export const HUGE = 2 << 20;
export const PAGE = 4096;
/** Pages of the 2 MiB that are there, and one that is not. */
export const PRESENT_PAGES = [0, 3] as const;
export const HOLE = 40;

const MEGABYTE = 2 ** 20;
/** 4 MiB below 4 GiB, and 8 MiB above it: one huge page, for CPU 0. */
const RAM = { bytes: 12 * MEGABYTE, lowmem: 4 * MEGABYTE };

/** Room that a machine with such a kernel takes: words of objects, frames. */
export const MEMORY = { objectWords: 1 << 15, frames: 3 * 1024 + 8 };

/** What programs leave behind for the checks at the end. */
const notes = struct('notes', { child: ptr, pinned: ptr, gone: atomic });

export interface World {
  k: Kernel;
  p: Ptr;
  /** Another process, whose tables a CPU has loaded that is not P's. */
  q: Ptr;
  /** struct file, and its address_space; NULL where the memory is anonymous. */
  file: Ptr;
  mapping: Ptr;
  /** A child of P's, if one was made. */
  child: Ptr;
  /** A page that somebody holds. */
  pinned: Ptr;
  /** Set once P's memory has been given up by its owner. */
  gone: Ptr;
  /** struct userfaultfd_ctx, or NULL. */
  userfault: Ptr;
  /** struct page of each page that is there at the start. */
  pages: Ptr[];
}

/** Runs set-up code to its end, and returns what it returns. */
export const now = <T>(c: Vcpu, code: Code<T>): T => drive(c, code);

export function bootWorld(c: Vcpu, k: Kernel): World {
  mm_init(k, RAM);
  now(c, thp_sysfs_store(c, 'enabled', 'madvise')); // so that faults bring small pages
  for (const { regs } of k.m.tlbs) {
    regs.efer = EFER_NXE;
    regs.modeChanged();
  }
  for (let cpu = 0; cpu < k.m.cpus; cpu++) boot_cpu_on(c, cpu, k.init_mm, false);
  const p = now(c, mm_alloc(c));
  const q = now(c, mm_alloc(c));
  k.objects.push({ at: p, layout: mm_struct, label: 'P' }, { at: q, layout: mm_struct, label: 'Q' });
  const n = newObject(k, notes, 'notes');
  const places = { child: at(n, notes.child), pinned: at(n, notes.pinned), gone: at(n, notes.gone) };
  return { k, p, q, file: NULL, mapping: NULL, userfault: NULL, pages: [], ...places };
}

/** P maps its 2 MiB: anonymous memory, or the file from its beginning on. */
export function map(c: Vcpu, w: World, shared: boolean): void {
  const flags = MAP_FIXED | (shared ? MAP_SHARED : MAP_PRIVATE) | (w.file === NULL ? MAP_ANONYMOUS : 0);
  now(c, vm_mmap_pgoff(c, w.p, w.file, ADDRESS, HUGE, PROT_READ | PROT_WRITE, flags, 0));
}

export const pageAddress = (page: number): number => ADDRESS + page * PAGE;

/** What P has stored in a page before anything begins. */
export const storedIn = (page: number): number => 0x100 + page;

/** A file of shmem, with what `storedIn` says in the pages that are there. */
export function bootFile(c: Vcpu, w: World): void {
  w.file = now(c, shmem_file_setup(c, HUGE, VM_NORESERVE));
  w.mapping = peek(c, at(peek(c, at(w.file, file.f_inode)) as Ptr, inode.i_mapping)) as Ptr;
  for (const page of PRESENT_PAGES) now(c, vfs_write_words(c, w.file, new Int32Array([storedIn(page)]), page * PAGE));
}

/** P reads from a page of the file for the first time. */
export function touch(c: Vcpu, w: World, page: number): void {
  now(c, do_user_addr_fault(c, w.p, X86_PF_USER, pageAddress(page)));
  w.pages.push(pageAt(w, frameOf(w, w.p, page)));
}

/** P's memory is registered for missing pages, and somebody has a page for one. */
export function bootUserfault(c: Vcpu, w: World): void {
  const ctx = now(c, new_userfaultfd(c, w.p));
  now(c, userfaultfd_register(c, w.p, ctx, ADDRESS, HUGE, UFFDIO_REGISTER_MODE_MISSING));
  w.userfault = ctx;
}

/** P stores to a page for the first time. */
export function fill(c: Vcpu, w: World, page: number): void {
  now(c, do_user_addr_fault(c, w.p, X86_PF_USER | X86_PF_WRITE, pageAddress(page)));
  const frame = frameOf(w, w.p, page);
  poke(c, frame, storedIn(page));
  w.pages.push(pageAt(w, frame));
}

/** Where a process's page tables say that the first word of a page lies; 0 if they do not say. */
export function frameOf(w: World, mm: Ptr, page: number): Ptr {
  const { mem } = w.k.m;
  const entry = (table: Ptr, index: number): { lo: number; pfn: Pfn } => {
    const lo = mem.words[table + 2 * index]!;
    return { lo, pfn: entryPfn(lo, mem.words[table + 2 * index + 1]!) };
  };
  const tableAt = (pfn: Pfn): Ptr => frameOfSlot(mem, slotOf(mem, pfn));
  const va = pageAddress(page);
  const pdpte = entry(tableAt((mem.words[mm + mm_struct.pgd]! >>> 0) as Pfn), va >>> 30);
  const pmd = entry(tableAt(pdpte.pfn), (va >>> 21) & 511);
  const index = (va >>> 12) & 511;
  if ((pmd.lo & _PAGE_PSE) !== 0) return tableAt((pmd.pfn + index) as Pfn);
  if ((pmd.lo & PRESENT) === 0) return 0 as Ptr;
  const pte = entry(tableAt(pmd.pfn), index);
  return (pte.lo & PRESENT) === 0 ? (0 as Ptr) : tableAt(pte.pfn);
}

/** struct page of a frame. */
export const pageAt = ({ k: { m } }: World, frame: Ptr): Ptr => pageOfSlot(m.mem, slotOfWord(m.mem, frame));

/** Where the first word of a page of the file lies; 0 if the page cache has none. */
export function cachedFrame(w: World, page: number): Ptr {
  const { mem } = w.k.m;
  const { words } = mem;
  if (w.mapping === NULL) return 0 as Ptr;
  let entry = words[w.mapping + address_space.xa_head]! >>> 0;
  while (xa_is_node(entry)) {
    const node = xa_to_node(entry);
    const slot = (i: number): number => words[node + xa_node.slots + i]! >>> 0;
    entry = slot((page >>> words[node + xa_node.shift]!) & XA_CHUNK_MASK);
    if (xa_is_sibling(entry)) entry = slot(xa_to_sibling(entry));
  }
  if (entry === 0 || (entry & 3) !== 0) return 0 as Ptr;
  const head = entry as Ptr;
  const offset = page - words[head + struct_page.index]!; // a tree of one small page has no node
  return offset < 1 << words[head + struct_page.compound_order]! ? frameOfSlot(mem, slotOfPageWord(mem, head) + offset) : (0 as Ptr);
}
