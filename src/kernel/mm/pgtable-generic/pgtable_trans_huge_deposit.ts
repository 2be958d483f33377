// SPDX-License-Identifier: GPL-2.0-only
/**
 * Page tables that wait behind a huge mapping for the day that it is split. Linux v6.6: mm/pgtable-generic.c, pgtable_trans_huge_deposit(),
 * pgtable_trans_huge_withdraw().
 *
 * One list for a page directory, at ptdesc.pmd_huge_pte of its page, linked by lru: the tables of all its huge mappings are alike. Under pml.
 */

import { peek, poke } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { virt_to_page } from '../../include/linux/mm/page.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { at } from '../../struct.ts';

const pmd_huge_pte = (c: Vcpu, pmdp: Ptr): Ptr => at(virt_to_page(c, pmdp), struct_page.pmd_huge_pte);
const next = (table: Ptr): Ptr => at(table, struct_page.lru_next);
const prev = (table: Ptr): Ptr => at(table, struct_page.lru_prev);

/** Into the ring, behind the table that was the last one to come. */
export function pgtable_trans_huge_deposit(c: Vcpu, _mm: Ptr, pmdp: Ptr, pgtable: Ptr): void {
  const head = peek(c, pmd_huge_pte(c, pmdp)) as Ptr;
  const before = head === NULL ? pgtable : head;
  const after = head === NULL ? pgtable : (peek(c, next(head)) as Ptr);
  poke(c, prev(pgtable), before);
  poke(c, next(pgtable), after);
  poke(c, next(before), pgtable);
  poke(c, prev(after), pgtable);
  poke(c, pmd_huge_pte(c, pmdp), pgtable);
}

/** @returns the table that was deposited last */
export function pgtable_trans_huge_withdraw(c: Vcpu, _mm: Ptr, pmdp: Ptr): Ptr {
  const table = peek(c, pmd_huge_pte(c, pmdp)) as Ptr;
  if (table === NULL) violate(c, 'check', 'BUG: no page table is deposited behind a huge mapping that is split or goes');
  const after = peek(c, next(table)) as Ptr;
  const before = peek(c, prev(table)) as Ptr;
  poke(c, next(before), after);
  poke(c, prev(after), before);
  poke(c, pmd_huge_pte(c, pmdp), after === table ? NULL : after);
  poke(c, next(table), 0);
  poke(c, prev(table), 0);
  return table;
}
