// SPDX-License-Identifier: GPL-2.0-only
/**
 * Changes of single entries, under their lock. Linux v6.6: arch/x86/include/asm/pgtable.h, set_pte_at(), ptep_get_and_clear(), ptep_set_wrprotect(),
 * set_pmd_at(), pmdp_huge_get_and_clear(), pmdp_set_wrprotect(), pmdp_establish(), ptep_modify_prot_start(), pte_accessible(); arch/x86/mm/pgtable.c,
 * ptep_set_access_flags(), ptep_test_and_clear_young(), ptep_clear_flush_young() and the same of pmds.
 *
 * left out: shadow stack pages; page_table_check.
 */
import { load, peek, rmw, update } from '../../../../../../../cpu/ops.ts';
import { AND } from '../../../../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../../../mmu/types.ts';
import { mm_struct } from '../../../../../include/linux/mm_types.ts';
import { at } from '../../../../../struct.ts';
import { pte_present, pte_protnone, pte_young } from '../pgtable.ts';
import { _PAGE_ACCESSED, _PAGE_RW } from '../pgtable_types.ts';
import {
  native_pmd_clear,
  native_pmdp_establish,
  native_pmdp_get_and_clear,
  native_pte_clear,
  native_ptep_get_and_clear,
  native_set_pmd,
  native_set_pte,
  ptep_get,
} from '../pgtable-3level/native.ts';

/** The old entry is not present, or the new one differs in flags only. */
export function* set_pte_at(c: Vcpu, _mm: Ptr, _addr: number, ptep: Ptr, lo: number, hi: number): Code {
  yield* native_set_pte(c, ptep, lo, hi);
}

export function* set_pmd_at(c: Vcpu, _mm: Ptr, _addr: number, pmdp: Ptr, lo: number, hi: number): Code {
  yield* native_set_pmd(c, pmdp, lo, hi);
}

/** @returns the old low word; the high one is in c.hi */
export function* ptep_get_and_clear(c: Vcpu, _mm: Ptr, _addr: number, ptep: Ptr): Code<number> {
  return yield* native_ptep_get_and_clear(c, ptep);
}

/** With `full` nobody uses the mm any more, so that the processor cannot change the entry: no locked operation is needed. */
export function* ptep_get_and_clear_full(c: Vcpu, mm: Ptr, addr: number, ptep: Ptr, full: boolean): Code<number> {
  if (!full) return yield* ptep_get_and_clear(c, mm, addr, ptep);
  const lo = yield* ptep_get(c, ptep);
  const hi = c.hi;
  yield* native_pte_clear(c, ptep);
  c.hi = hi;
  return lo;
}

export function* pte_clear(c: Vcpu, _mm: Ptr, _addr: number, ptep: Ptr): Code {
  yield* native_pte_clear(c, ptep);
}

export const pte_clear_not_present_full = pte_clear;

export function* pmd_clear(c: Vcpu, pmdp: Ptr): Code {
  yield* native_pmd_clear(c, pmdp);
}

/** @returns the old low word; the high one is in c.hi */
export function* pmdp_huge_get_and_clear(c: Vcpu, _mm: Ptr, _addr: number, pmdp: Ptr): Code<number> {
  return yield* native_pmdp_get_and_clear(c, pmdp);
}

/** @returns the old low word; the high one is in c.hi */
export function* pmdp_establish(c: Vcpu, _vma: Ptr, _address: number, pmdp: Ptr, lo: number, hi: number): Code<number> {
  return yield* native_pmdp_establish(c, pmdp, lo, hi);
}

export function* ptep_set_wrprotect(c: Vcpu, _mm: Ptr, _addr: number, ptep: Ptr): Code {
  yield* update(c, ptep, AND, ~_PAGE_RW);
}

export const pmdp_set_wrprotect = ptep_set_wrprotect;

/** Entry and exit of a change of protection: in between the entry is none. */
export const ptep_modify_prot_start = ptep_get_and_clear;

export function* ptep_modify_prot_commit(c: Vcpu, _vma: Ptr, _addr: number, ptep: Ptr, lo: number, hi: number): Code {
  yield* native_set_pte(c, ptep, lo, hi);
}

/** More rights, or A or D, after a fault: no flush, since a fault that comes too late is spurious. @returns whether it changed */
export function* ptep_set_access_flags(
  c: Vcpu,
  _vma: Ptr,
  _addr: number,
  ptep: Ptr,
  lo: number,
  hi: number,
  dirty: boolean,
): Code<boolean> {
  const oldLo = yield* ptep_get(c, ptep);
  const changed = oldLo !== lo || c.hi >>> 0 !== hi;
  if (changed && dirty) yield* native_set_pte(c, ptep, lo, hi);
  return changed;
}

export function* pmdp_set_access_flags(
  c: Vcpu,
  _vma: Ptr,
  _addr: number,
  pmdp: Ptr,
  lo: number,
  hi: number,
  dirty: boolean,
): Code<boolean> {
  const oldLo = yield* ptep_get(c, pmdp);
  const changed = oldLo !== lo || c.hi >>> 0 !== hi;
  if (changed && dirty) yield* native_set_pmd(c, pmdp, lo, hi);
  return changed;
}

export function* ptep_test_and_clear_young(c: Vcpu, _vma: Ptr, _addr: number, ptep: Ptr): Code<boolean> {
  if (!pte_young(yield* load(c, ptep))) return false;
  return pte_young(yield* rmw(c, ptep, AND, ~_PAGE_ACCESSED));
}

export const pmdp_test_and_clear_young = ptep_test_and_clear_young;
/** No flush on x86: the bit is only a hint. */
export const ptep_clear_flush_young = ptep_test_and_clear_young;

/** May a TLB have it? */
export function* pte_accessible(c: Vcpu, mm: Ptr, lo: number): Code<boolean> {
  if (pte_present(lo) && !pte_protnone(lo)) return true;
  return pte_protnone(lo) && (yield* load(c, at(mm, mm_struct.tlb_flush_pending))) !== 0;
}

/** A pmd under its lock, half by half. @returns low; high is in c.hi */
export function pmd_val(c: Vcpu, pmdp: Ptr): number {
  const lo = peek(c, pmdp);
  c.hi = peek(c, at(pmdp, 1)) | 0;
  return lo;
}
