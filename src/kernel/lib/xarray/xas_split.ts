// SPDX-License-Identifier: GPL-2.0-only
/**
 * Splitting an entry of many indexes into smaller ones, of the order that the cursor has. Linux v6.6: lib/xarray.c, xas_split_alloc(), xas_split();
 * xas_get_order() as v6.7 has it, for xa_get_order().
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import {
  XA_CHUNK_SHIFT,
  XA_CHUNK_SIZE,
  XA_STATE,
  xa_assign,
  xa_entry_locked,
  xa_is_sibling,
  xa_is_value,
  xa_mk_node,
  xa_mk_sibling,
  xa_node,
  xa_node_shift,
  xa_slot,
  type xa_state,
  xas_set_err,
  xas_top,
} from '../../include/linux/xarray.ts';
import { ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { rcu_read_lock, rcu_read_unlock } from '../../kernel/rcu/update.ts';
import { at } from '../../struct.ts';
import { new_node, xas_destroy } from './node.ts';
import { xas_load } from './xas_load.ts';

/** The nodes that xas_split() will need, filled with `entry`. Without the lock. -ENOMEM goes into the cursor. */
export function* xas_split_alloc(c: Vcpu, xas: xa_state, entry: number, order: number): Code {
  if (xas.xa_shift + XA_CHUNK_SHIFT > order) return;
  for (let n = 1 << (order % XA_CHUNK_SHIFT); n > 0; n--) {
    const node = yield* new_node(c);
    if (node === NULL) {
      yield* xas_destroy(c, xas);
      xas_set_err(xas, -ENOMEM);
      return;
    }
    for (let i = 0; i < XA_CHUNK_SIZE; i++) {
      const sibling = i & xas.xa_sibs;
      poke(c, xa_slot(node, i), sibling === 0 ? entry : xa_mk_sibling(i - sibling));
    }
    poke(c, at(node, xa_node.parent), xas.xa_alloc);
    xas.xa_alloc = node;
  }
}

/** @param order of the entry that is there now. The caller holds the xa_lock. */
export function* xas_split(c: Vcpu, xas: xa_state, entry: number, order: number): Code {
  const curr = yield* xas_load(c, xas);
  if (xas_top(xas.xa_node)) return;
  const node = xas.xa_node as Ptr;
  const shift = xa_node_shift(c, node);
  let values = 0;
  for (let offset = xas.xa_offset + (1 << (order % XA_CHUNK_SHIFT)) - 1; offset >= xas.xa_offset; offset--) {
    if (xas.xa_shift < shift) {
      const child = xas.xa_alloc;
      xas.xa_alloc = peek(c, at(child, xa_node.parent)) as Ptr;
      poke(c, at(child, xa_node.shift), shift - XA_CHUNK_SHIFT);
      poke(c, at(child, xa_node.offset), offset);
      poke(c, at(child, xa_node.count), XA_CHUNK_SIZE);
      poke(c, at(child, xa_node.nr_values), xa_is_value(entry) ? XA_CHUNK_SIZE : 0);
      poke(c, at(child, xa_node.parent), node);
      yield* xa_assign(c, xa_slot(node, offset), xa_mk_node(c, child));
      if (xa_is_value(curr)) values--;
    } else {
      const canon = offset - xas.xa_sibs;
      yield* xa_assign(c, xa_slot(node, canon), entry);
      for (; offset > canon; offset--) yield* xa_assign(c, xa_slot(node, offset), xa_mk_sibling(canon));
      values += (Number(xa_is_value(entry)) - Number(xa_is_value(curr))) * (xas.xa_sibs + 1);
    }
  }
  poke(c, at(node, xa_node.nr_values), peek(c, at(node, xa_node.nr_values)) + values);
}

/** log2 of how many indexes the entry at an index covers. */
export function* xa_get_order(c: Vcpu, mapping: Ptr, index: number): Code<number> {
  const xas = XA_STATE(mapping, index);
  yield* rcu_read_lock(c);
  const entry = yield* xas_load(c, xas);
  let order = 0;
  if (entry !== 0 && xas.xa_node > 0) {
    const node = xas.xa_node as Ptr;
    let end = xas.xa_offset + 1;
    while (end < XA_CHUNK_SIZE && xa_is_sibling(xa_entry_locked(c, node, end))) end++;
    order = xa_node_shift(c, node) + Math.log2(end - xas.xa_offset);
  }
  yield* rcu_read_unlock(c);
  return order;
}
