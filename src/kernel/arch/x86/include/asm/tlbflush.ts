// SPDX-License-Identifier: GPL-2.0-only
/**
 * Must the TLBs forget an entry that is replaced by another? Linux v6.6: arch/x86/include/asm/tlbflush.h, pte_flags_need_flush(),
 * pte_needs_flush(), huge_pmd_needs_flush().
 *
 * The flags travel as an unsigned long, which on 32 bits has no room for NX: a change of NX alone flushes nothing.
 */

import { pte_pfn } from './pgtable.ts';
import { _PAGE_ACCESSED, _PAGE_DIRTY, _PAGE_PRESENT, _PAGE_PSE, _PAGE_RW, _PAGE_USER } from './pgtable_types.ts';

const PWT_PCD_GLOBAL = 0x18 | 0x100;
/** Whose clearing a TLB must see; that they are set, it finds out by itself. */
const flush_on_clear = _PAGE_DIRTY | _PAGE_PRESENT | _PAGE_ACCESSED;
const flush_on_change = _PAGE_RW | _PAGE_USER | _PAGE_PSE | PWT_PCD_GLOBAL;

function pte_flags_need_flush(oldLo: number, newLo: number, ignore_access: boolean): boolean {
  const diff = (oldLo ^ newLo) & (ignore_access ? ~_PAGE_ACCESSED : -1);
  return (diff & oldLo & flush_on_clear) !== 0 || (diff & flush_on_change) !== 0;
}

function needs_flush(oldLo: number, oldHi: number, newLo: number, newHi: number, ignore_access: boolean): boolean {
  if ((oldLo & _PAGE_PRESENT) === 0) return false; // no TLB has it
  return pte_pfn(oldLo, oldHi) !== pte_pfn(newLo, newHi) || pte_flags_need_flush(oldLo, newLo, ignore_access);
}

export const pte_needs_flush = (oldLo: number, oldHi: number, newLo: number, newHi: number): boolean =>
  needs_flush(oldLo, oldHi, newLo, newHi, true);

export const huge_pmd_needs_flush = (oldLo: number, oldHi: number, newLo: number, newHi: number): boolean =>
  needs_flush(oldLo, oldHi, newLo, newHi, false);
