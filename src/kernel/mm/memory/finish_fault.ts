// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page of a file fault is mapped, unless somebody else has been faster. Linux v6.6: mm/memory.c, finish_fault(), set_pte_range() (v6.1:
 * do_set_pte()), vmf_pte_changed().
 */
import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mk_pte } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { set_pte_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pmd_none, pte_mkdirty, pte_none, pte_same } from '../../arch/x86/include/asm/pgtable.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { maybe_mkwrite } from '../../include/linux/mm/alloc_page_vma.ts';
import { inc_mm_counter, mm_counter_file } from '../../include/linux/mm/mm_counter.ts';
import {
  FAULT_FLAG_ORIG_PTE_VALID,
  FAULT_FLAG_WRITE,
  VM_FAULT_FALLBACK,
  VM_FAULT_NOPAGE,
  VM_FAULT_OOM,
  type vm_fault,
} from '../../include/linux/mm/vm_fault.ts';
import { VM_SHARED } from '../../include/linux/mm/vm_flags.ts';
import { MM_ANONPAGES, vm_area_struct } from '../../include/linux/mm_types.ts';
import { PageTransCompound } from '../../include/linux/page-flags.ts';
import { at } from '../../struct.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { page_add_new_anon_rmap } from '../rmap/page_add_anon_rmap.ts';
import { page_add_file_rmap } from '../rmap/page_add_file_rmap.ts';
import { lru_cache_add_inactive_or_unevictable } from '../swap/folio_add_lru.ts';
import { do_set_pmd } from './do_set_pmd.ts';
import { pmd_install, pte_alloc } from './pte_alloc.ts';

/** Maps one page by vmf.pte, whose lock is held. Prefaulted pages are young too: x86 has no reason to have them old. */
export function* do_set_pte(c: Vcpu, vmf: vm_fault, page: Ptr, addr: number): Code {
  const { vma } = vmf;
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const vm_flags = peek(c, at(vma, vm_area_struct.vm_flags));
  const write = (vmf.flags & FAULT_FLAG_WRITE) !== 0;
  let entry = mk_pte(c, page, peek(c, at(vma, vm_area_struct.vm_page_prot)), peek(c, at(vma, vm_area_struct.vm_page_prot + 1)));
  const hi = c.hi;
  if (write) entry = maybe_mkwrite(c, pte_mkdirty(entry), vma);
  if (write && (vm_flags & VM_SHARED) === 0) {
    inc_mm_counter(c, mm, MM_ANONPAGES);
    yield* page_add_new_anon_rmap(c, page, vma, addr);
    yield* lru_cache_add_inactive_or_unevictable(c, page, vma);
  } else {
    inc_mm_counter(c, mm, yield* mm_counter_file(c, page));
    yield* page_add_file_rmap(c, page, vma, false);
  }
  yield* set_pte_at(c, mm, addr, vmf.pte, entry, hi);
}

function vmf_pte_changed(vmf: vm_fault, lo: number, hi: number): boolean {
  if ((vmf.flags & FAULT_FLAG_ORIG_PTE_VALID) !== 0) return !pte_same(lo, hi, vmf.orig_pteLo, vmf.orig_pteHi);
  return !pte_none(lo, hi);
}

export function* finish_fault(c: Vcpu, vmf: vm_fault): Code<number> {
  const { vma } = vmf;
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const shared = (peek(c, at(vma, vm_area_struct.vm_flags)) & VM_SHARED) !== 0;
  const page = (vmf.flags & FAULT_FLAG_WRITE) !== 0 && !shared ? vmf.cow_page : vmf.page;
  if (pmd_none(yield* load(c, vmf.pmd))) {
    if (yield* PageTransCompound(c, page)) {
      const ret = yield* do_set_pmd(c, vmf, page);
      if (ret !== VM_FAULT_FALLBACK) return ret;
    }
    if (vmf.prealloc_pte !== NULL) {
      if (yield* pmd_install(c, mm, vmf.pmd, vmf.prealloc_pte)) vmf.prealloc_pte = NULL;
    } else if (yield* pte_alloc(c, mm, vmf.pmd)) return VM_FAULT_OOM;
  }
  vmf.pte = yield* pte_offset_map_lock(c, mm, vmf.pmd, vmf.address);
  if (vmf.pte === NULL) return VM_FAULT_NOPAGE;
  vmf.ptl = c.out as Ptr;
  const lo = yield* ptep_get(c, vmf.pte);
  const changed = vmf_pte_changed(vmf, lo, c.hi);
  if (!changed) yield* do_set_pte(c, vmf, page, vmf.address);
  yield* pte_unmap_unlock(c, vmf.ptl);
  return changed ? VM_FAULT_NOPAGE : 0;
}
