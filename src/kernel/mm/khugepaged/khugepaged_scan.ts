// SPDX-License-Identifier: GPL-2.0-only
/**
 * What khugepaged keeps: its settings, its counters, and the cursor with the list of mms. Linux v6.6: mm/khugepaged.c, khugepaged_pages_to_scan and
 * the other static variables, struct khugepaged_scan, struct khugepaged_mm_slot, khugepaged_init(); mm/mm_slot.h.
 * left out: mm_slots_hash: the list is searched.
 */
import { load, peek, poke, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { writeWord } from '../../../../mmu/journal.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_NR } from '../../arch/x86/include/asm/pgtable_types.ts';
import { list_next, list_prev } from '../../include/linux/list.ts';
import { kmem_cache } from '../../include/linux/slab.ts';
import { type Kernel, kernelOf, newObject } from '../../kernel.ts';
import { at, atomic, ptr, struct, word } from '../../struct.ts';

/** Up to v6.5: how many tables of an mm khugepaged remembers that it could not take. */
export const MAX_PTE_MAPPED_THP = 8;

export const khugepaged_state = struct('khugepaged', {
  pages_to_scan: word,
  pages_collapsed: word,
  full_scans: word,
  scan_sleep_millisecs: word,
  alloc_sleep_millisecs: word,
  /** In jiffies. */
  sleep_expire: atomic,
  max_ptes_none: word,
  max_ptes_swap: word,
  max_ptes_shared: word,
  /** khugepaged_mm_lock: of the list, of the cursor's mm_slot, and of every slot's pte_mapped_thp. */
  mm_lock: atomic,
  /** khugepaged_scan: list of mm_slot.mm_node, the slot that is looked at, and where in it. */
  mm_head: 2,
  mm_slot: ptr,
  address: word,
  /** khugepaged_wait: its lock, and the task that sleeps there, or NULL. */
  wait_lock: atomic,
  wait: ptr,
  should_stop: atomic,
});

export const khugepaged_mm_slot = struct('khugepaged_mm_slot', {
  mm_node: 2,
  mm: ptr,
  nr_pte_mapped_thp: word,
  pte_mapped_thp: MAX_PTE_MAPPED_THP,
});

export const mm_slot_cache = kmem_cache('khugepaged_mm_slot', khugepaged_mm_slot);

export function init_khugepaged(k: Kernel): void {
  const { mem } = k.m;
  const p = newObject(k, khugepaged_state, 'khugepaged');
  writeWord(mem, at(p, khugepaged_state.pages_to_scan), HPAGE_PMD_NR * 8);
  writeWord(mem, at(p, khugepaged_state.scan_sleep_millisecs), 10_000);
  writeWord(mem, at(p, khugepaged_state.alloc_sleep_millisecs), 60_000);
  writeWord(mem, at(p, khugepaged_state.max_ptes_none), HPAGE_PMD_NR - 1);
  writeWord(mem, at(p, khugepaged_state.max_ptes_swap), HPAGE_PMD_NR / 8);
  writeWord(mem, at(p, khugepaged_state.max_ptes_shared), HPAGE_PMD_NR / 2);
  const mm_head = at(p, khugepaged_state.mm_head);
  writeWord(mem, mm_head, mm_head);
  writeWord(mem, at(mm_head, 1), mm_head);
  k.globals.khugepaged = p;
}

/** Address of one of the static variables. */
export const khugepaged_var = (c: Vcpu, field: number): Ptr => at(kernelOf(c).globals.khugepaged, field);
/** A setting, or what khugepaged_mm_lock or khugepaged alone protects. */
export const khugepaged_read = (c: Vcpu, field: number): number => peek(c, khugepaged_var(c, field));
export const khugepaged_write = (c: Vcpu, field: number, value: number): void => poke(c, khugepaged_var(c, field), value);

const mm_headOf = (c: Vcpu): Ptr => khugepaged_var(c, khugepaged_state.mm_head);

/** Also without the lock, as list_empty() may be: heads and links are written by WRITE_ONCE(). */
export function* no_mm_slots(c: Vcpu): Code<boolean> {
  const head = mm_headOf(c);
  return (yield* load(c, head)) === head;
}

/** At the end of the list. */
export function* mm_slot_insert(c: Vcpu, slot: Ptr): Code {
  const head = mm_headOf(c);
  const prev = list_prev(c, head);
  poke(c, at(head, 1), slot);
  poke(c, slot, head);
  poke(c, at(slot, 1), prev);
  yield* store(c, prev, slot);
}

export function* mm_slot_del(c: Vcpu, slot: Ptr): Code {
  const next = list_next(c, slot);
  const prev = list_prev(c, slot);
  poke(c, at(next, 1), prev);
  yield* store(c, prev, next);
}

/** The slot behind `slot`, the first one for NULL; NULL at the end. With the lock held. */
export function mm_slot_next(c: Vcpu, slot: Ptr): Ptr {
  const head = mm_headOf(c);
  const next = list_next(c, slot === NULL ? head : slot);
  return next === head ? NULL : next;
}

/** With the lock held. @returns the mm's slot, or NULL */
export function mm_slot_lookup(c: Vcpu, mm: Ptr): Ptr {
  let slot = mm_slot_next(c, NULL);
  while (slot !== NULL && peek(c, at(slot, khugepaged_mm_slot.mm)) !== mm) slot = mm_slot_next(c, slot);
  return slot;
}
