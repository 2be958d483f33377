// SPDX-License-Identifier: GPL-2.0-only
/**
 * The lock-free list that a call_single_queue is. Linux v6.6: lib/llist.c, llist_add_batch(), llist_reverse_order();
 * include/linux/llist.h, llist_add(), llist_del_all().
 *
 * Many CPUs add in front, one takes all. A node's link is plain: it belongs to whoever adds the node until the head has been exchanged,
 * and from then on to whoever takes the list.
 */
import { cmpxchg, peek, poke, rmw } from '../../../../cpu/ops.ts';
import { XCHG } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { call_single_data } from '../../include/linux/percpu.ts';
import { at } from '../../struct.ts';

const next = (node: Ptr): Ptr => at(node, call_single_data.llist_next);

/** The node after this one, or NULL. */
export const llist_next = (c: Vcpu, node: Ptr): Ptr => peek(c, next(node)) as Ptr;

/**
 * The exchange pairs with the XCHG of llist_del_all(): who takes the node sees its link, function and argument.
 * @returns whether the list was empty
 */
export function* llist_add(c: Vcpu, node: Ptr, head: Ptr): Code<boolean> {
  let first = 0; // Linux loads the head for its first guess; a guess of "empty" needs no load, and a wrong one costs the same retry
  for (;;) {
    poke(c, next(node), first);
    const old = yield* cmpxchg(c, head, first, node);
    if (old === first) return first === 0;
    first = old;
  }
}

/** Pairs with the CMPXCHG of llist_add(). @returns the newest node, or NULL */
export function* llist_del_all(c: Vcpu, head: Ptr): Code<Ptr> {
  return (yield* rmw(c, head, XCHG, 0)) as Ptr;
}

/** Oldest first. The list is private by now. @returns the oldest node, or NULL */
export function llist_reverse_order(c: Vcpu, head: Ptr): Ptr {
  let node = head;
  let reversed = 0 as Ptr;
  while (node !== 0) {
    const rest = llist_next(c, node);
    poke(c, next(node), reversed);
    reversed = node;
    node = rest;
  }
  return reversed;
}
