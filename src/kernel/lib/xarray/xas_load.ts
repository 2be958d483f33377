// SPDX-License-Identifier: GPL-2.0-only
/**
 * Looking an index up. Linux v6.6: lib/xarray.c, xas_start(), xas_descend(), xas_load(), xa_load().
 * The caller holds the xa_lock, or RCU, and then what is found may be gone.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import {
  XA_CHUNK_MASK,
  XA_RETRY_ENTRY,
  XA_STATE,
  XAS_BOUNDS,
  xa_entry,
  xa_head,
  xa_is_node,
  xa_is_retry,
  xa_is_sibling,
  xa_node_shift,
  type xa_state,
  xa_to_node,
  xa_to_sibling,
  xas_error,
  xas_reload,
  xas_reset,
  xas_valid,
} from '../../include/linux/xarray.ts';
import { rcu_read_lock, rcu_read_unlock } from '../../kernel/rcu/update.ts';

/** Slot of an index in a node. */
export const get_offset = (c: Vcpu, index: number, node: Ptr): number => (index >>> xa_node_shift(c, node)) & XA_CHUNK_MASK;

/** The array does not reach the index. */
export function set_bounds(xas: xa_state): 0 {
  xas.xa_node = XAS_BOUNDS;
  return 0;
}

/** The entry where the walk begins; 0 and XAS_BOUNDS if the array does not reach the index. */
export function* xas_start(c: Vcpu, xas: xa_state): Code<number> {
  if (xas_valid(xas)) return yield* xas_reload(c, xas);
  if (xas_error(xas) !== 0) return 0;
  const entry = yield* xa_head(c, xas);
  const reaches = xa_is_node(entry) ? xas.xa_index >>> xa_node_shift(c, xa_to_node(entry)) <= XA_CHUNK_MASK : xas.xa_index === 0;
  if (!reaches) return set_bounds(xas);
  xas.xa_node = NULL;
  return entry;
}

/** One level down. Siblings lead to the slot that has the entry. */
export function* xas_descend(c: Vcpu, xas: xa_state, node: Ptr): Code<number> {
  let offset = get_offset(c, xas.xa_index, node);
  let entry = yield* xa_entry(c, xas, node, offset);
  xas.xa_node = node;
  while (xa_is_sibling(entry)) {
    offset = xa_to_sibling(entry);
    entry = yield* xa_entry(c, xas, node, offset);
    if (xa_node_shift(c, node) !== 0 && xa_is_node(entry)) entry = XA_RETRY_ENTRY; // split meanwhile
  }
  xas.xa_offset = offset;
  return entry;
}

/** @returns the entry at xa_index, or 0; for a cursor of many indexes maybe a node */
export function* xas_load(c: Vcpu, xas: xa_state): Code<number> {
  let entry = yield* xas_start(c, xas);
  while (xa_is_node(entry)) {
    const node = xa_to_node(entry);
    const shift = xa_node_shift(c, node);
    if (xas.xa_shift > shift) break;
    entry = yield* xas_descend(c, xas, node);
    if (shift === 0) break;
  }
  return entry;
}

/** The entry of one index, as it was at some instant. */
export function* xa_load(c: Vcpu, mapping: Ptr, index: number): Code<number> {
  const xas = XA_STATE(mapping, index);
  yield* rcu_read_lock(c);
  let entry = yield* xas_load(c, xas);
  while (xa_is_retry(entry)) {
    xas_reset(xas);
    entry = yield* xas_load(c, xas);
  }
  yield* rcu_read_unlock(c);
  return entry;
}
