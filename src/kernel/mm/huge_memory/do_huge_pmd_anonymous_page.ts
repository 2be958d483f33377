// SPDX-License-Identifier: GPL-2.0-only
/**
 * The first touch of an aligned 2 MiB of anonymous memory: the huge zero page for a read, a huge page of zeros for a write.
 * Linux v6.6: mm/huge_memory.c, do_huge_pmd_anonymous_page(), __do_huge_pmd_anonymous_page(), set_huge_zero_page(), vma_thp_gfp_mask(),
 * maybe_pmd_mkwrite(), mk_huge_pmd().
 * A page table is deposited with it, so that a later split needs no memory.
 * left out: charges to a memory cgroup.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mk_pmd } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { set_pmd_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pmd_mkdirty, pmd_mkhuge, pmd_mkwrite, pmd_none } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_MASK, HPAGE_PMD_NR, HPAGE_PMD_ORDER } from '../../arch/x86/include/asm/pgtable_types.ts';
import { pte_alloc_one, pte_free } from '../../arch/x86/mm/pgtable/pte_alloc_one.ts';
import { handle_userfault } from '../../fs/userfaultfd/handle_userfault.ts';
import { __GFP_DIRECT_RECLAIM, __GFP_KSWAPD_RECLAIM, __GFP_NORETRY, GFP_TRANSHUGE, GFP_TRANSHUGE_LIGHT } from '../../include/linux/gfp.ts';
import { clear_huge_page } from '../../include/linux/highmem.ts';
import { add_mm_counter } from '../../include/linux/mm/mm_counter.ts';
import { FAULT_FLAG_WRITE, VM_FAULT_FALLBACK, VM_FAULT_OOM, type vm_fault } from '../../include/linux/mm/vm_fault.ts';
import { VM_HUGEPAGE, VM_UFFD_MISSING, VM_WRITE } from '../../include/linux/mm/vm_flags.ts';
import { mm_inc_nr_ptes, pmd_lock } from '../../include/linux/mm.ts';
import { MM_ANONPAGES, vm_area_struct } from '../../include/linux/mm_types.ts';
import { SetPageUptodate } from '../../include/linux/page-flags.ts';
import { userfaultfd_missing } from '../../include/linux/userfaultfd_k.ts';
import { count_vm_event } from '../../include/linux/vmstat.ts';
import { THP_FAULT_ALLOC, THP_FAULT_FALLBACK } from '../../include/linux/vmstat-items.ts';
import { spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { khugepaged_enter_vma } from '../khugepaged/khugepaged_enter.ts';
import { alloc_pages } from '../page_alloc/__alloc_pages.ts';
import { pgtable_trans_huge_deposit } from '../pgtable-generic/pgtable_trans_huge_deposit.ts';
import { anon_vma_prepare } from '../rmap/anon_vma_prepare.ts';
import { folio_add_new_anon_rmap } from '../rmap/page_add_anon_rmap.ts';
import { folio_add_lru_vma } from '../swap/folio_add_lru.ts';
import { folio_put } from '../swap/put_page.ts';
import { is_huge_zero_page, mm_get_huge_zero_page } from './huge_zero_page.ts';
import { transhuge_vma_suitable } from './hugepage_vma_check.ts';
import {
  TRANSPARENT_HUGEPAGE_DEFRAG_DIRECT_FLAG,
  TRANSPARENT_HUGEPAGE_DEFRAG_KSWAPD_FLAG,
  TRANSPARENT_HUGEPAGE_DEFRAG_KSWAPD_OR_MADV_FLAG,
  TRANSPARENT_HUGEPAGE_DEFRAG_REQ_MADV_FLAG,
  TRANSPARENT_HUGEPAGE_USE_ZERO_PAGE_FLAG,
  test_hugepage_flag,
} from './transparent_hugepage_flags.ts';

export function* do_huge_pmd_anonymous_page(c: Vcpu, vmf: vm_fault): Code<number> {
  const { vma } = vmf;
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  if (!transhuge_vma_suitable(c, vma, vmf.address)) return VM_FAULT_FALLBACK;
  if ((yield* anon_vma_prepare(c, vma)) !== 0) return VM_FAULT_OOM;
  yield* khugepaged_enter_vma(c, vma, peek(c, at(vma, vm_area_struct.vm_flags)));
  if ((vmf.flags & FAULT_FLAG_WRITE) === 0 && transparent_hugepage_use_zero_page(c)) {
    const pgtable = yield* pte_alloc_one(c, mm);
    if (pgtable === NULL) return VM_FAULT_OOM;
    const zero = yield* mm_get_huge_zero_page(c, mm);
    if (zero !== NULL) return yield* install_huge(c, vmf, mm, pgtable, zero);
    yield* pte_free(c, mm, pgtable);
    count_vm_event(c, THP_FAULT_FALLBACK);
    return VM_FAULT_FALLBACK;
  }
  const folio = yield* alloc_pages(c, vma_thp_gfp_mask(c, vma), HPAGE_PMD_ORDER);
  if (folio === NULL) {
    count_vm_event(c, THP_FAULT_FALLBACK);
    return VM_FAULT_FALLBACK;
  }
  return yield* __do_huge_pmd_anonymous_page(c, vmf, mm, folio);
}

function* __do_huge_pmd_anonymous_page(c: Vcpu, vmf: vm_fault, mm: Ptr, folio: Ptr): Code<number> {
  const pgtable = yield* pte_alloc_one(c, mm);
  if (pgtable === NULL) {
    yield* folio_put(c, folio);
    return VM_FAULT_OOM;
  }
  yield* clear_huge_page(c, folio, vmf.address, HPAGE_PMD_NR);
  // smp_wmb() of __folio_mark_uptodate(): nothing to do under TSO. Pairs with the walk of whoever finds the page: it is zeroed before it is mapped.
  yield* SetPageUptodate(c, folio);
  return yield* install_huge(c, vmf, mm, pgtable, folio);
}

/** Maps the huge page, or the huge zero page, unless something is mapped there already. */
function* install_huge(c: Vcpu, vmf: vm_fault, mm: Ptr, pgtable: Ptr, folio: Ptr): Code<number> {
  const { vma } = vmf;
  const haddr = (vmf.address & HPAGE_PMD_MASK) >>> 0;
  const zero = is_huge_zero_page(c, folio);
  vmf.ptl = yield* pmd_lock(c, mm, vmf.pmd);
  const missing = userfaultfd_missing(c, vma);
  if (!pmd_none(peek(c, vmf.pmd)) || missing) {
    const none = pmd_none(peek(c, vmf.pmd));
    yield* spin_unlock(c, vmf.ptl);
    yield* pte_free(c, mm, pgtable);
    if (!zero) yield* folio_put(c, folio);
    return none ? yield* handle_userfault(c, vmf, VM_UFFD_MISSING) : 0;
  }
  const prot = at(vma, vm_area_struct.vm_page_prot);
  let entry = mk_huge_pmd(c, folio, peek(c, prot), peek(c, at(prot, 1)));
  const { hi } = c;
  if (!zero) {
    entry = maybe_pmd_mkwrite(c, pmd_mkdirty(entry), vma);
    yield* folio_add_new_anon_rmap(c, folio, vma, haddr);
    yield* folio_add_lru_vma(c, folio, vma);
  }
  pgtable_trans_huge_deposit(c, mm, vmf.pmd, pgtable);
  yield* set_pmd_at(c, mm, haddr, vmf.pmd, entry, hi);
  if (!zero) add_mm_counter(c, mm, MM_ANONPAGES, HPAGE_PMD_NR);
  yield* mm_inc_nr_ptes(c, mm);
  yield* spin_unlock(c, vmf.ptl);
  if (!zero) count_vm_event(c, THP_FAULT_ALLOC);
  return 0;
}

/** How hard a fault tries to get a huge page, by the setting of "defrag". */
export function vma_thp_gfp_mask(c: Vcpu, vma: Ptr): number {
  const madvised = vma !== NULL && (peek(c, at(vma, vm_area_struct.vm_flags)) & VM_HUGEPAGE) !== 0;
  if (test_hugepage_flag(c, TRANSPARENT_HUGEPAGE_DEFRAG_DIRECT_FLAG)) return GFP_TRANSHUGE | (madvised ? 0 : __GFP_NORETRY);
  if (test_hugepage_flag(c, TRANSPARENT_HUGEPAGE_DEFRAG_KSWAPD_FLAG)) return GFP_TRANSHUGE_LIGHT | __GFP_KSWAPD_RECLAIM;
  if (test_hugepage_flag(c, TRANSPARENT_HUGEPAGE_DEFRAG_KSWAPD_OR_MADV_FLAG))
    return GFP_TRANSHUGE_LIGHT | (madvised ? __GFP_DIRECT_RECLAIM : __GFP_KSWAPD_RECLAIM);
  if (test_hugepage_flag(c, TRANSPARENT_HUGEPAGE_DEFRAG_REQ_MADV_FLAG)) return GFP_TRANSHUGE_LIGHT | (madvised ? __GFP_DIRECT_RECLAIM : 0);
  return GFP_TRANSHUGE_LIGHT;
}

/** An entry that maps the huge page by itself. @returns the low word; the high one is in c.hi */
export const mk_huge_pmd = (c: Vcpu, page: Ptr, protLo: number, protHi: number): number => pmd_mkhuge(mk_pmd(c, page, protLo, protHi));

export const maybe_pmd_mkwrite = (c: Vcpu, lo: number, vma: Ptr): number =>
  (peek(c, at(vma, vm_area_struct.vm_flags)) & VM_WRITE) !== 0 ? pmd_mkwrite(lo) : lo;

const transparent_hugepage_use_zero_page = (c: Vcpu): boolean => test_hugepage_flag(c, TRANSPARENT_HUGEPAGE_USE_ZERO_PAGE_FLAG);
