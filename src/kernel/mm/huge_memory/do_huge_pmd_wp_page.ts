// SPDX-License-Identifier: GPL-2.0-only
/**
 * A touch of an anonymous huge page that is there: a write to a read-only one reuses it where nobody else can see it, else it is split.
 * Linux v6.6: mm/huge_memory.c, do_huge_pmd_wp_page(), huge_pmd_set_accessed(), touch_pmd().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmdp_set_access_flags } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pmd_mkdirty, pmd_mkyoung, pmd_pfn, pmd_same } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_MASK, HPAGE_PMD_NR } from '../../arch/x86/include/asm/pgtable_types.ts';
import { pfn_to_page } from '../../include/linux/mm/page.ts';
import { FAULT_FLAG_UNSHARE, FAULT_FLAG_WRITE, VM_FAULT_FALLBACK, type vm_fault } from '../../include/linux/mm/vm_fault.ts';
import { pmd_lock } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { folio_get, folio_ref_count } from '../../include/linux/page_ref.ts';
import { PageAnonExclusive, PageSwapCache } from '../../include/linux/page-flags.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { folio_lock, folio_trylock, folio_unlock } from '../filemap/folio_lock.ts';
import { page_move_anon_rmap } from '../rmap/page_add_anon_rmap.ts';
import { folio_put } from '../swap/put_page.ts';
import { folio_free_swap } from '../swapfile/free_swap_and_cache.ts';
import { __split_huge_pmd } from './__split_huge_pmd.ts';
import { maybe_pmd_mkwrite } from './do_huge_pmd_anonymous_page.ts';
import { is_huge_zero_pmd } from './huge_zero_page.ts';

/** Accessed, and dirty for a write; the caller holds pml. */
export function* touch_pmd(c: Vcpu, vma: Ptr, addr: number, pmd: Ptr, write: boolean): Code {
  const lo = pmd_mkyoung(peek(c, pmd));
  const hi = peek(c, at(pmd, 1));
  yield* pmdp_set_access_flags(c, vma, (addr & HPAGE_PMD_MASK) >>> 0, pmd, write ? pmd_mkdirty(lo) : lo, hi, write);
}

/** Is the entry what the fault began with? */
const still = (c: Vcpu, vmf: vm_fault): boolean => pmd_same(peek(c, vmf.pmd), peek(c, at(vmf.pmd, 1)), vmf.orig_pmdLo, vmf.orig_pmdHi);

export function* huge_pmd_set_accessed(c: Vcpu, vmf: vm_fault): Code {
  vmf.ptl = yield* pmd_lock(c, peek(c, at(vmf.vma, vm_area_struct.vm_mm)) as Ptr, vmf.pmd);
  if (still(c, vmf)) yield* touch_pmd(c, vmf.vma, vmf.address, vmf.pmd, (vmf.flags & FAULT_FLAG_WRITE) !== 0);
  yield* spin_unlock(c, vmf.ptl);
}

export function* do_huge_pmd_wp_page(c: Vcpu, vmf: vm_fault): Code<number> {
  const mm = peek(c, at(vmf.vma, vm_area_struct.vm_mm)) as Ptr;
  if (!is_huge_zero_pmd(c, vmf.orig_pmdLo, vmf.orig_pmdHi)) {
    vmf.ptl = yield* pmd_lock(c, mm, vmf.pmd);
    if (!still(c, vmf)) {
      yield* spin_unlock(c, vmf.ptl);
      return 0;
    }
    const folio = pfn_to_page(c, pmd_pfn(vmf.orig_pmdLo, vmf.orig_pmdHi));
    if (yield* PageAnonExclusive(c, folio)) return yield* reuse(c, vmf);
    const locked = (yield* folio_trylock(c, folio)) || (yield* wait_for_lock(c, vmf, folio));
    if (!locked) return 0;
    if (yield* only_user(c, vmf, folio)) {
      yield* folio_unlock(c, folio);
      return yield* reuse(c, vmf);
    }
    yield* folio_unlock(c, folio);
    yield* spin_unlock(c, vmf.ptl);
  }
  yield* __split_huge_pmd(c, vmf.vma, vmf.pmd, vmf.address, false, NULL);
  return VM_FAULT_FALLBACK;
}

/** The folio lock is waited for without pml. @returns whether the entry is still the same; pml and the folio lock are then held, else neither */
function* wait_for_lock(c: Vcpu, vmf: vm_fault, folio: Ptr): Code<boolean> {
  yield* folio_get(c, folio);
  yield* spin_unlock(c, vmf.ptl);
  yield* folio_lock(c, folio);
  yield* spin_lock(c, vmf.ptl);
  const same = still(c, vmf);
  if (!same) {
    yield* spin_unlock(c, vmf.ptl);
    yield* folio_unlock(c, folio);
  }
  yield* folio_put(c, folio);
  return same;
}

/** Is this mapping the only reference, but for the swap cache's, which is given up? Then the page belongs to this process from now on. */
function* only_user(c: Vcpu, vmf: vm_fault, folio: Ptr): Code<boolean> {
  if (yield* PageAnonExclusive(c, folio)) return true;
  const cached = (yield* PageSwapCache(c, folio)) ? HPAGE_PMD_NR : 0;
  if ((yield* folio_ref_count(c, folio)) > 1 + cached) return false;
  if (cached !== 0) yield* folio_free_swap(c, folio);
  if ((yield* folio_ref_count(c, folio)) !== 1) return false;
  yield* page_move_anon_rmap(c, folio, vmf.vma);
  return true;
}

function* reuse(c: Vcpu, vmf: vm_fault): Code<number> {
  if ((vmf.flags & FAULT_FLAG_UNSHARE) === 0) {
    const lo = maybe_pmd_mkwrite(c, pmd_mkdirty(pmd_mkyoung(vmf.orig_pmdLo)), vmf.vma);
    yield* pmdp_set_access_flags(c, vmf.vma, (vmf.address & HPAGE_PMD_MASK) >>> 0, vmf.pmd, lo, vmf.orig_pmdHi, true);
  }
  yield* spin_unlock(c, vmf.ptl);
  return 0;
}
