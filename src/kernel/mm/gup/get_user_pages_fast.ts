// SPDX-License-Identifier: GPL-2.0-only
/**
 * References to pages of the running process without any lock, interrupts off for the whole walk; the rest by the slow way.
 * Linux v6.6: mm/gup.c, internal_get_user_pages_fast(), lockless_pages_from_mm(), gup_pmd_range(), gup_huge_pmd(), gup_pte_range().
 *
 * Interrupts off keep tables from being freed: who frees one sends an interrupt first (tlb_remove_table_sync_one()), or waits for a grace period.
 * Who takes a page away clears its entry and flushes before it looks at the count; here the count is raised before the entry is looked at again.
 * left out: the sequence count of fork() against pins, secret memory, devices.
 */
import { load, update } from '../../../../cpu/ops.ts';
import { OR } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_pfn, pmd_present, pmd_trans_huge, pmd_write, pte_pfn, pte_special, pte_write } from '../../arch/x86/include/asm/pgtable.ts';
import { _PAGE_PRESENT, _PAGE_RW, _PAGE_USER, HPAGE_PMD_NR, PAGE_SHIFT, PAGE_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { on } from '../../guard.ts';
import { local_irq_restore, local_irq_save } from '../../include/linux/irqflags.ts';
import { FOLL_GET, FOLL_PIN, FOLL_WRITE } from '../../include/linux/mm/foll.ts';
import { nth_page, pfn_to_page } from '../../include/linux/mm/page.ts';
import { mm_find_pmd } from '../../include/linux/mm.ts';
import { mm_struct } from '../../include/linux/mm_types.ts';
import { SetPageReferenced } from '../../include/linux/page-flags.ts';
import { pmd_addr_end } from '../../include/linux/pgtable/pmd_addr_end.ts';
import { pmdp_get_lockless, ptep_get_lockless } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { MMF_HAS_PINNED } from '../../include/linux/sched/coredump.ts';
import { rcu_read_lock } from '../../kernel/rcu/update.ts';
import { at } from '../../struct.ts';
import { map_rcu_read_lock, map_value, pte_unmap } from '../pgtable-generic/__pte_offset_map.ts';
import { get_user_pages_unlocked } from './get_user_pages.ts';
import { gup_irqs_off, gup_pmd_recheck } from './gup_pmd_range.ts';
import { gup_must_unshare, gup_put_folio, try_grab_folio } from './try_grab_page.ts';

/** @returns pages that were got, or a negative errno */
export function* get_user_pages_fast(c: Vcpu, mm: Ptr, start: number, nr_pages: number, gup_flags: number, pages: Ptr[]): Code<number> {
  const flags = (gup_flags & FOLL_PIN) !== 0 ? gup_flags : gup_flags | FOLL_GET;
  if ((flags & FOLL_PIN) !== 0) yield* update(c, at(mm, mm_struct.flags), OR, 1 << MMF_HAS_PINNED);
  const first = pages.length;
  const irqflags = on(c, gup_irqs_off) ? yield* local_irq_save(c) : 0;
  const end = start + nr_pages * PAGE_SIZE;
  let more = true;
  for (let addr = start; more && addr < end; addr = pmd_addr_end(addr, end))
    more = yield* gup_pmd_range(c, mm, addr, pmd_addr_end(addr, end), flags, pages);
  if (on(c, gup_irqs_off)) yield* local_irq_restore(c, irqflags);
  const got = pages.length - first;
  if (got === nr_pages) return got;
  const slow = yield* get_user_pages_unlocked(c, mm, start + got * PAGE_SIZE, nr_pages - got, flags, pages);
  return slow < 0 ? got || slow : got + slow;
}

/** @returns whether to go on */
function* gup_pmd_range(c: Vcpu, mm: Ptr, addr: number, end: number, flags: number, pages: Ptr[]): Code<boolean> {
  const pmdp = mm_find_pmd(c, mm, addr);
  if (pmdp === NULL) return false;
  const lo = yield* pmdp_get_lockless(c, pmdp);
  const { hi } = c;
  if (!pmd_present(lo)) return false;
  if (pmd_trans_huge(lo)) return yield* gup_huge_pmd(c, pmdp, lo, hi, addr, end, flags, pages);
  if (on(c, map_rcu_read_lock)) yield* rcu_read_lock(c); // pte_offset_map(&pmd, addr): of the copy on the stack
  const ptep = yield* map_value(c, NULL, lo, hi, addr);
  if (ptep === NULL) return false;
  const more = yield* gup_pte_range(c, pmdp, lo, hi, ptep, addr, end, flags, pages);
  yield* pte_unmap(c);
  return more;
}

function* gup_huge_pmd(c: Vcpu, pmdp: Ptr, lo: number, hi: number, addr: number, end: number, flags: number, pages: Ptr[]): Code<boolean> {
  if (!pte_access_permitted(lo, (flags & FOLL_WRITE) !== 0)) return false;
  const page = nth_page(c, pfn_to_page(c, pmd_pfn(lo, hi)), (addr >>> PAGE_SHIFT) & (HPAGE_PMD_NR - 1));
  const refs = (end - addr) / PAGE_SIZE;
  const folio = yield* try_grab_folio(c, page, refs, flags);
  if (folio === NULL) return false;
  const same = yield* entry_same(c, pmdp, lo, hi);
  if (!same || (!pmd_write(lo) && (yield* gup_must_unshare(c, flags, folio)))) {
    yield* gup_put_folio(c, folio, refs, flags);
    return false;
  }
  for (let i = 0; i < refs; i++) pages.push(nth_page(c, page, i));
  yield* SetPageReferenced(c, folio);
  return true;
}

function* gup_pte_range(
  c: Vcpu,
  pmdp: Ptr,
  pmdLo: number,
  pmdHi: number,
  ptep: Ptr,
  start: number,
  end: number,
  flags: number,
  pages: Ptr[],
): Code<boolean> {
  let pte = ptep;
  for (let addr = start; addr < end; addr += PAGE_SIZE, pte = at(pte, 2)) {
    const lo = yield* ptep_get_lockless(c, pte);
    const { hi } = c;
    if (!pte_access_permitted(lo, (flags & FOLL_WRITE) !== 0) || pte_special(lo)) return false;
    const page = pfn_to_page(c, pte_pfn(lo, hi));
    const folio = yield* try_grab_folio(c, page, 1, flags);
    if (folio === NULL) return false;
    const pmdSame = !on(c, gup_pmd_recheck) || (yield* entry_same(c, pmdp, pmdLo, pmdHi));
    const same = pmdSame && (yield* entry_same(c, pte, lo, hi));
    if (!same || (!pte_write(lo) && (yield* gup_must_unshare(c, flags, page)))) {
      yield* gup_put_folio(c, folio, 1, flags);
      return false;
    }
    yield* SetPageReferenced(c, folio);
    pages.push(page);
  }
  return true;
}

/** Linux v6.6: arch/x86/include/asm/pgtable.h. The same of a huge pmd. */
const pte_access_permitted = (lo: number, write: boolean): boolean => {
  const need = _PAGE_PRESENT | _PAGE_USER | (write ? _PAGE_RW : 0);
  return (lo & need) === need;
};

/** Two plain loads, as in Linux. */
function* entry_same(c: Vcpu, p: Ptr, lo: number, hi: number): Code<boolean> {
  return (yield* load(c, p)) === lo && (yield* load(c, at(p, 1))) === hi;
}
