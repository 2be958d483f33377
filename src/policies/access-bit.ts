// SPDX-License-Identifier: GPL-2.0-only
/**
 * Targeted by access tracking: where A is clear in every entry that was taken out, no TLB has one of them, and nobody is interrupted.
 *
 * Right because a processor sets A before it remembers a translation, by a locked update of the entry as it is then, so that A and the clearing of the entry
 * are ordered; and as long as nobody clears A of an entry that stays, without a flush. Linux does that on x86 (ptep_clear_flush_young() flushes nothing
 * there): here it flushes, under the page-table lock that an unmapping needs too.
 *
 * `access-bit-aged` leaves that flush out, as Linux does.
 * left out of the paper: which CPU has used a page, and putting a translation into the TLB without setting A.
 */
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import { ptep_test_and_clear_young } from '../kernel/arch/x86/include/asm/pgtable/ptep.ts';
import { flush_tlb_page } from '../kernel/arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { __tlb_reset_range, type mmu_gather } from '../kernel/include/asm-generic/tlb.ts';
import { tlb_flush_mmu as as_in_linux } from '../kernel/mm/mmu_gather/tlb_gather_mmu.ts';
import { policy } from '../kernel/policy.ts';

function* tlb_flush_mmu(c: Vcpu, tlb: mmu_gather): Code {
  if (!tlb.cleared_young && !tlb.freed_tables && !tlb.fullmm) __tlb_reset_range(tlb);
  yield* as_in_linux(c, tlb);
}

function* ptep_clear_flush_young(c: Vcpu, vma: Ptr, address: number, ptep: Ptr): Code<boolean> {
  const young = yield* ptep_test_and_clear_young(c, vma, address, ptep);
  if (young) yield* flush_tlb_page(c, vma, address);
  return young;
}

export const access_bit = policy({
  name: 'access-bit',
  about: 'nobody is interrupted for entries in which A is clear; who clears A flushes',
  source: 'after Amit, "Optimizing the TLB Shootdown Algorithm with Page Access Tracking" (USENIX ATC 2017)',
  replace: { tlb_flush_mmu, ptep_clear_flush_young },
});

export const access_bit_aged = policy({
  name: 'access-bit-aged',
  about: 'wrong: the same, while reclaim clears A without a flush',
  source: 'access-bit without its condition',
  replace: { tlb_flush_mmu },
});
