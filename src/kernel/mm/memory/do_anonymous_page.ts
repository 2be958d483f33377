// SPDX-License-Identifier: GPL-2.0-only
/**
 * The first touch of anonymous memory: the zero page for a read, a page of zeros for a write. Linux v6.6: mm/memory.c, do_anonymous_page().
 * left out: charges to a memory cgroup; check_stable_address_space(): no out-of-memory reaper takes pages away from a living task.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mk_pte, pfn_pte } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { set_pte_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pte_mkdirty, pte_mkspecial, pte_mkwrite, pte_none } from '../../arch/x86/include/asm/pgtable.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { handle_userfault } from '../../fs/userfaultfd/handle_userfault.ts';
import { vma_alloc_zeroed_movable_folio } from '../../include/linux/mm/alloc_page_vma.ts';
import { inc_mm_counter } from '../../include/linux/mm/mm_counter.ts';
import { FAULT_FLAG_WRITE, VM_FAULT_OOM, VM_FAULT_SIGBUS, type vm_fault } from '../../include/linux/mm/vm_fault.ts';
import { VM_SHARED, VM_UFFD_MISSING, VM_WRITE } from '../../include/linux/mm/vm_flags.ts';
import { MM_ANONPAGES, vm_area_struct } from '../../include/linux/mm_types.ts';
import { SetPageUptodate } from '../../include/linux/page-flags.ts';
import { my_zero_pfn } from '../../include/linux/pgtable/zero_pfn.ts';
import { userfaultfd_missing } from '../../include/linux/userfaultfd_k.ts';
import { at } from '../../struct.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { anon_vma_prepare } from '../rmap/anon_vma_prepare.ts';
import { folio_add_new_anon_rmap } from '../rmap/page_add_anon_rmap.ts';
import { folio_add_lru_vma } from '../swap/folio_add_lru.ts';
import { folio_put } from '../swap/put_page.ts';
import { pte_alloc } from './pte_alloc.ts';

export function* do_anonymous_page(c: Vcpu, vmf: vm_fault): Code<number> {
  const { vma } = vmf;
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const vm_flags = peek(c, at(vma, vm_area_struct.vm_flags));
  if ((vm_flags & VM_SHARED) !== 0) return VM_FAULT_SIGBUS; // a file mapping without vm_ops
  if (yield* pte_alloc(c, mm, vmf.pmd)) return VM_FAULT_OOM;
  const protLo = peek(c, at(vma, vm_area_struct.vm_page_prot));
  const protHi = peek(c, at(vma, vm_area_struct.vm_page_prot + 1));
  if ((vmf.flags & FAULT_FLAG_WRITE) === 0) {
    const zero = pte_mkspecial(pfn_pte(c, my_zero_pfn(c, vmf.address), protLo, protHi));
    return yield* install_anonymous(c, vmf, mm, NULL, zero, c.hi);
  }
  if ((yield* anon_vma_prepare(c, vma)) !== 0) return VM_FAULT_OOM;
  const folio = yield* vma_alloc_zeroed_movable_folio(c, vma, vmf.address);
  if (folio === NULL) return VM_FAULT_OOM;
  // smp_wmb() of __folio_mark_uptodate(): nothing to do under TSO. Pairs with the walk of whoever finds the page: it is zeroed before it is mapped.
  yield* SetPageUptodate(c, folio);
  const entry = mk_pte(c, folio, protLo, protHi);
  const hi = c.hi;
  return yield* install_anonymous(c, vmf, mm, folio, (vm_flags & VM_WRITE) !== 0 ? pte_mkwrite(pte_mkdirty(entry)) : entry, hi);
}

/** Maps the page, or the zero page where `folio` is NULL, unless somebody else has been faster. */
function* install_anonymous(c: Vcpu, vmf: vm_fault, mm: Ptr, folio: Ptr, lo: number, hi: number): Code<number> {
  const { vma } = vmf;
  vmf.pte = yield* pte_offset_map_lock(c, mm, vmf.pmd, vmf.address);
  if (vmf.pte === NULL) {
    if (folio !== NULL) yield* folio_put(c, folio);
    return 0;
  }
  vmf.ptl = c.out as Ptr;
  const old = yield* ptep_get(c, vmf.pte);
  if (!pte_none(old, c.hi)) {
    yield* pte_unmap_unlock(c, vmf.ptl);
    if (folio !== NULL) yield* folio_put(c, folio);
    return 0;
  }
  if (userfaultfd_missing(c, vma)) {
    yield* pte_unmap_unlock(c, vmf.ptl);
    if (folio !== NULL) yield* folio_put(c, folio);
    return yield* handle_userfault(c, vmf, VM_UFFD_MISSING);
  }
  if (folio !== NULL) {
    inc_mm_counter(c, mm, MM_ANONPAGES);
    yield* folio_add_new_anon_rmap(c, folio, vma, vmf.address);
    yield* folio_add_lru_vma(c, folio, vma);
  }
  yield* set_pte_at(c, mm, vmf.address, vmf.pte, lo, hi);
  yield* pte_unmap_unlock(c, vmf.ptl);
  return 0;
}
