// SPDX-License-Identifier: GPL-2.0-only
/**
 * Doubly linked lists: a list_head is two words, next and prev, and an empty list points to itself. Plain: a lock protects every list.
 * Linux v6.6: include/linux/list.h; include/linux/types.h, struct list_head.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { at } from '../../struct.ts';

/** Words of a list_head. */
export const list_head = 2;

export const list_next = (c: Vcpu, entry: Ptr): Ptr => peek(c, entry) as Ptr;
export const list_prev = (c: Vcpu, entry: Ptr): Ptr => peek(c, at(entry, 1)) as Ptr;

function __list_add(c: Vcpu, entry: Ptr, prev: Ptr, next: Ptr): void {
  poke(c, at(next, 1), entry);
  poke(c, entry, next);
  poke(c, at(entry, 1), prev);
  poke(c, prev, entry);
}

export function list_add(c: Vcpu, entry: Ptr, head: Ptr): void {
  __list_add(c, entry, head, list_next(c, head));
}

export function list_add_tail(c: Vcpu, entry: Ptr, head: Ptr): void {
  __list_add(c, entry, list_prev(c, head), head);
}

/** The links of what is taken out become NULL: LIST_POISON1 and 2. */
export function list_del(c: Vcpu, entry: Ptr): void {
  const prev = list_prev(c, entry);
  const next = list_next(c, entry);
  poke(c, at(next, 1), prev);
  poke(c, prev, next);
  poke(c, entry, NULL);
  poke(c, at(entry, 1), NULL);
}

export const list_empty = (c: Vcpu, head: Ptr): boolean => list_next(c, head) === head;
