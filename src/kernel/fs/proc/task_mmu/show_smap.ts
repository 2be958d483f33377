// SPDX-License-Identifier: GPL-2.0-only
/**
 * /proc/PID/smaps of one VMA. Linux v6.6: fs/proc/task_mmu.c, show_smap(), __show_smap(), smap_gather_stats(), smaps_pte_range(),
 * smaps_pte_entry(), smaps_pmd_entry(), smaps_pte_hole().
 */
import { peek } from '../../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../../mmu/types.ts';
import { pmd_huge_page } from '../../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { pmd_val } from '../../../arch/x86/include/asm/pgtable/ptep.ts';
import { pmd_dirty, pmd_none, pmd_young, pte_dirty, pte_none, pte_present, pte_young } from '../../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_SIZE, PAGE_SIZE } from '../../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get } from '../../../arch/x86/include/asm/pgtable-3level/native.ts';
import { file_mapping } from '../../../include/linux/fs.ts';
import { VM_LOCKED, VM_SHARED, VM_WRITE, vm_flags_names } from '../../../include/linux/mm/vm_flags.ts';
import { mm_find_pmd } from '../../../include/linux/mm.ts';
import { vm_area_struct } from '../../../include/linux/mm_types.ts';
import { PageAnon, PageSwapBacked } from '../../../include/linux/page-flags.ts';
import { pmd_addr_end } from '../../../include/linux/pgtable/pmd_addr_end.ts';
import { pmdp_get_lockless } from '../../../include/linux/pgtable/pmdp_get_lockless.ts';
import { shmem_mapping } from '../../../include/linux/shmem_fs.ts';
import { is_migration_entry, non_swap_entry, pfn_swap_entry_to_page, pte_to_swp_entry } from '../../../include/linux/swapops.ts';
import { spin_unlock } from '../../../kernel/locking/spinlock.ts';
import { cond_resched } from '../../../kernel/sched/might_sleep.ts';
import { is_huge_zero_pmd } from '../../../mm/huge_memory/huge_zero_page.ts';
import { hugepage_vma_check } from '../../../mm/huge_memory/hugepage_vma_check.ts';
import { pmd_trans_huge_lock } from '../../../mm/huge_memory/pmd_trans_huge_lock.ts';
import { vm_normal_page } from '../../../mm/memory/vm_normal_page.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../../../mm/pgtable-generic/__pte_offset_map.ts';
import { shmem_partial_swap_usage, shmem_swap_usage } from '../../../mm/shmem/shmem_charge.ts';
import { swp_swapcount } from '../../../mm/swapfile/swap_map.ts';
import { at } from '../../../struct.ts';
import { type mem_size_stats, new_mem_size_stats, share_of, smaps_account } from './smaps_account.ts';

/** The lines of smaps: in kB, but THPeligible, which is 0 or 1, and the flags. */
export type Smap = Readonly<Record<string, number>> & { readonly VmFlags: string };

/** mmap_lock is held for reading. */
export function* show_smap(c: Vcpu, vma: Ptr): Code<Smap> {
  const mss = new_mem_size_stats();
  const flags = peek(c, at(vma, vm_area_struct.vm_flags));
  yield* smap_gather_stats(c, vma, mss);
  const eligible = yield* hugepage_vma_check(c, vma, flags, true, false, true);
  const kB = (bytes: number): number => Math.floor(bytes / 1024);
  const pss = (scaled: number): number => Math.floor(scaled / 4096 / 1024);
  const lines: Record<string, number> = {
    Size: kB(peek(c, at(vma, vm_area_struct.vm_end)) - peek(c, at(vma, vm_area_struct.vm_start))),
    Rss: kB(mss.resident),
    Pss: pss(mss.pss),
    Pss_Dirty: pss(mss.pss_dirty),
    Shared_Clean: kB(mss.shared_clean),
    Shared_Dirty: kB(mss.shared_dirty),
    Private_Clean: kB(mss.private_clean),
    Private_Dirty: kB(mss.private_dirty),
    Referenced: kB(mss.referenced),
    Anonymous: kB(mss.anonymous),
    LazyFree: kB(mss.lazyfree),
    AnonHugePages: kB(mss.anonymous_thp),
    ShmemPmdMapped: kB(mss.shmem_thp),
    FilePmdMapped: kB(mss.file_thp),
    Swap: kB(mss.swap),
    SwapPss: pss(mss.swap_pss),
    Locked: pss(mss.pss_locked),
    THPeligible: eligible ? 1 : 0,
  };
  return Object.assign(lines, { VmFlags: vm_flags_names(flags) }) as Smap;
}

/** Every page of the VMA, and what its file has in swap. */
export function* smap_gather_stats(c: Vcpu, vma: Ptr, mss: mem_size_stats): Code {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const file = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  const flags = peek(c, at(vma, vm_area_struct.vm_flags));
  let holes = false;
  if (file !== NULL && shmem_mapping(c, file_mapping(c, file))) {
    // Of a private mapping some pages may be copies, whatever has become of the file's: then each hole has to be looked up.
    const swapped = yield* shmem_swap_usage(c, vma);
    holes = swapped !== 0 && (flags & VM_SHARED) === 0 && (flags & VM_WRITE) !== 0;
    if (!holes) mss.swap += swapped * PAGE_SIZE;
  }
  const end = peek(c, at(vma, vm_area_struct.vm_end));
  for (let addr = peek(c, at(vma, vm_area_struct.vm_start)); addr < end; addr = pmd_addr_end(addr, end)) {
    const pmd = mm_find_pmd(c, mm, addr);
    const next = pmd_addr_end(addr, end);
    if (pmd === NULL || pmd_none(yield* pmdp_get_lockless(c, pmd))) {
      if (holes) yield* smaps_pte_hole(c, vma, mss, addr, next);
    } else yield* smaps_pte_range(c, vma, mm, pmd, mss, addr, next, holes);
    yield* cond_resched(c);
  }
}

function* smaps_pte_hole(c: Vcpu, vma: Ptr, mss: mem_size_stats, addr: number, end: number): Code {
  const mapping = file_mapping(c, peek(c, at(vma, vm_area_struct.vm_file)) as Ptr);
  const first = peek(c, at(vma, vm_area_struct.vm_pgoff)) + ((addr - peek(c, at(vma, vm_area_struct.vm_start))) >>> 12);
  mss.swap += (yield* shmem_partial_swap_usage(c, mapping, first, first + ((end - addr) >>> 12))) * PAGE_SIZE;
}

function* smaps_pte_range(c: Vcpu, vma: Ptr, mm: Ptr, pmd: Ptr, mss: mem_size_stats, start: number, end: number, holes: boolean): Code {
  const locked = (peek(c, at(vma, vm_area_struct.vm_flags)) & VM_LOCKED) !== 0;
  const pml = yield* pmd_trans_huge_lock(c, pmd, vma);
  if (pml !== NULL) {
    yield* smaps_pmd_entry(c, pmd, mss, locked);
    yield* spin_unlock(c, pml);
    return;
  }
  let pte = yield* pte_offset_map_lock(c, mm, pmd, start);
  if (pte === NULL) return;
  const ptl = c.out as Ptr;
  for (let addr = start; addr < end; addr += PAGE_SIZE, pte = at(pte, 2)) {
    const lo = yield* ptep_get(c, pte);
    const { hi } = c;
    if (pte_present(lo)) {
      const page = vm_normal_page(c, vma, addr, lo, hi);
      if (page !== NULL) yield* smaps_account(c, mss, page, false, pte_young(lo), pte_dirty(lo), locked, false);
    } else if (!pte_none(lo, hi)) yield* smaps_swap_entry(c, mss, lo, hi, locked);
    else if (holes) yield* smaps_pte_hole(c, vma, mss, addr, addr + PAGE_SIZE);
  }
  yield* pte_unmap_unlock(c, ptl);
}

function* smaps_swap_entry(c: Vcpu, mss: mem_size_stats, lo: number, hi: number, locked: boolean): Code {
  const entry = pte_to_swp_entry(lo, hi);
  if (!non_swap_entry(entry)) {
    mss.swap += PAGE_SIZE;
    mss.swap_pss += share_of(PAGE_SIZE, yield* swp_swapcount(c, entry));
  } else if (is_migration_entry(entry)) yield* smaps_account(c, mss, pfn_swap_entry_to_page(c, entry), false, false, false, locked, true);
}

function* smaps_pmd_entry(c: Vcpu, pmd: Ptr, mss: mem_size_stats, locked: boolean): Code {
  const lo = pmd_val(c, pmd);
  const { hi } = c;
  if (is_huge_zero_pmd(c, lo, hi)) return;
  const page = pmd_huge_page(c, lo, hi);
  if (PageAnon(c, page)) mss.anonymous_thp += HPAGE_PMD_SIZE;
  else if (yield* PageSwapBacked(c, page)) mss.shmem_thp += HPAGE_PMD_SIZE;
  else mss.file_thp += HPAGE_PMD_SIZE;
  yield* smaps_account(c, mss, page, true, pmd_young(lo), pmd_dirty(lo), locked, false);
}
