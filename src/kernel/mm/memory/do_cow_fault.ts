// SPDX-License-Identifier: GPL-2.0-only
/**
 * A write fault in a private file mapping: the page is copied, and a page table is installed even where the page cache has a huge page.
 * Linux v6.6: mm/memory.c, do_cow_fault(), finish_fault(); mm/filemap.c, filemap_fault() takes the folio's lock.
 * It waits for the folio lock that collapse_file() holds until it is done, so its table comes only after retract_page_tables() has returned.
 * Left out: the copy, memcg, rmap, mmap_lock and vma lock (the caller's).
 */
import { peek, poke, store, waitRmw } from '../../../../cpu/ops.ts';
import { OR } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { pfnHigh, pfnLow } from '../../../../mmu/entry.ts';
import { backFrame, pageOfSlot } from '../../../../mmu/phys-mem.ts';
import { NULL, type Pfn, type Ptr } from '../../../../mmu/types.ts';
import { pte_none } from '../../arch/x86/include/asm/pgtable.ts';
import { _PAGE_TABLE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { native_set_pte, ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { mm_find_pmd } from '../../include/linux/mm.ts';
import { page, vm_area_struct } from '../../include/linux/mm_types.ts';
import { at } from '../../struct.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { anon_vma_mark } from '../rmap/anon_vma_mark.ts';
import { pte_alloc } from './pmd_install.ts';

/** PG_locked. */
const LOCKED = 1;

const flagsOf = (c: Vcpu, pfn: Pfn): Ptr => at(pageOfSlot(c.m.mem, backFrame(c.m.mem, pfn)), page.flags);

/** Set-up: collapse_file() has the lock. */
export function boot_folio_locked(c: Vcpu, pfn: Pfn): void {
  poke(c, flagsOf(c, pfn), LOCKED);
}

/** Pairs with the locked operation of whoever waits for the folio. Linux v6.6: mm/filemap.c, folio_unlock(). */
export function* folio_unlock(c: Vcpu, pfn: Pfn): Code {
  yield* store(c, flagsOf(c, pfn), 0);
}

/** @returns whether the copy is mapped now; if not, the fault is taken again */
export function* do_cow_fault(c: Vcpu, vma: Ptr, address: number, folio: Pfn, copy: Pfn): Code<boolean> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  yield* anon_vma_mark(c, vma);
  yield* waitRmw(c, flagsOf(c, folio), LOCKED, 0, OR, LOCKED); // __do_fault(): the folio comes back locked
  const mapped = yield* finish_fault(c, mm, address, copy);
  yield* folio_unlock(c, folio);
  return mapped;
}

function* finish_fault(c: Vcpu, mm: Ptr, address: number, copy: Pfn): Code<boolean> {
  const pmd = mm_find_pmd(c, mm, address);
  yield* pte_alloc(c, mm, pmd, address);
  const pte = yield* pte_offset_map_lock(c, mm, pmd, address);
  if (pte === NULL) return false;
  const ptl = c.out as Ptr;
  const lo = yield* ptep_get(c, pte);
  const free = pte_none(lo, c.hi);
  if (free) yield* native_set_pte(c, pte, pfnLow(copy) | _PAGE_TABLE, pfnHigh(copy));
  yield* pte_unmap_unlock(c, ptl);
  return free;
}
