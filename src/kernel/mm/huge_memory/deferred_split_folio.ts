// SPDX-License-Identifier: GPL-2.0-only
/**
 * Anonymous huge pages that are not mapped in full any more wait here to be split when memory is short. Linux v6.6: mm/huge_memory.c,
 * deferred_split_folio(), folio_undo_large_rmappable(), deferred_split_scan(), folio_prep_large_rmappable() (v6.1: deferred_split_huge_page(),
 * free_transhuge_page(), prep_transhuge_page()).
 * left out: one queue for each memory cgroup.
 */

import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { writeWord } from '../../../../mmu/journal.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { list_add_tail, list_del, list_head, list_next } from '../../include/linux/list.ts';
import { nth_page } from '../../include/linux/mm/page.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { folio_try_get } from '../../include/linux/page_ref.ts';
import { PageSwapCache } from '../../include/linux/page-flags.ts';
import { count_vm_event } from '../../include/linux/vmstat.ts';
import { THP_DEFERRED_SPLIT_PAGE } from '../../include/linux/vmstat-items.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { type Kernel, kernelOf, newObject } from '../../kernel.ts';
import { at, atomic, struct, word } from '../../struct.ts';
import { folio_trylock, folio_unlock } from '../filemap/folio_lock.ts';
import { folio_put } from '../swap/put_page.ts';
import { split_folio } from './split_huge_page.ts';

export const deferred_split = struct('deferred_split', {
  split_queue_lock: atomic,
  split_queue: list_head,
  split_queue_len: word,
});

export function deferred_split_init(k: Kernel): void {
  const p = newObject(k, deferred_split, 'deferred_split_queue');
  for (const link of [0, 1]) writeWord(k.m.mem, at(p, deferred_split.split_queue + link), at(p, deferred_split.split_queue));
  k.globals.deferred_split = p;
}

const queueOf = (c: Vcpu): Ptr => at(kernelOf(c).globals.deferred_split, deferred_split.split_queue);
const lenOf = (c: Vcpu): Ptr => at(kernelOf(c).globals.deferred_split, deferred_split.split_queue_len);
/** folio->_deferred_list: in the third page. A page that is in no queue has NULL there. */
const deferred_list = (c: Vcpu, folio: Ptr): Ptr => at(nth_page(c, folio, 2), struct_page.lru_next);

export function* lock_split_queue(c: Vcpu): Code {
  yield* spin_lock(c, at(kernelOf(c).globals.deferred_split, deferred_split.split_queue_lock));
}

export function* unlock_split_queue(c: Vcpu): Code {
  yield* spin_unlock(c, at(kernelOf(c).globals.deferred_split, deferred_split.split_queue_lock));
}

/** With the lock held. */
export function unqueue_split(c: Vcpu, folio: Ptr): void {
  if (list_next(c, deferred_list(c, folio)) === NULL) return;
  list_del(c, deferred_list(c, folio));
  poke(c, lenOf(c), peek(c, lenOf(c)) - 1);
}

export function* deferred_split_folio(c: Vcpu, folio: Ptr): Code {
  if (yield* PageSwapCache(c, folio)) return; // it is being reclaimed, and is split there
  yield* lock_split_queue(c);
  if (list_next(c, deferred_list(c, folio)) === NULL) {
    count_vm_event(c, THP_DEFERRED_SPLIT_PAGE);
    list_add_tail(c, deferred_list(c, folio), queueOf(c));
    poke(c, lenOf(c), peek(c, lenOf(c)) + 1);
  }
  yield* unlock_split_queue(c);
}

/** A huge page is freed. */
export function* folio_undo_large_rmappable(c: Vcpu, folio: Ptr): Code {
  if (kernelOf(c).globals.deferred_split === NULL) return;
  yield* lock_split_queue(c);
  unqueue_split(c, folio);
  yield* unlock_split_queue(c);
}

/** A new huge page is in no queue. */
export function prep_transhuge_page(c: Vcpu, page: Ptr): void {
  poke(c, deferred_list(c, page), NULL);
}

/** The shrinker. @returns how many were split */
export function* deferred_split_scan(c: Vcpu): Code<number> {
  const taken: Ptr[] = [];
  yield* lock_split_queue(c);
  for (let link = list_next(c, queueOf(c)); link !== queueOf(c); ) {
    const next = list_next(c, link);
    const folio = nth_page(c, (link - struct_page.lru_next) as Ptr, -2);
    if (yield* folio_try_get(c, folio)) taken.push(folio);
    else unqueue_split(c, folio); // it is being freed
    link = next;
  }
  yield* unlock_split_queue(c);
  let split = 0;
  for (const folio of taken) {
    if (yield* folio_trylock(c, folio)) {
      if ((yield* split_folio(c, folio)) === 0) split++;
      yield* folio_unlock(c, folio);
    }
    yield* folio_put(c, folio);
  }
  return split;
}
