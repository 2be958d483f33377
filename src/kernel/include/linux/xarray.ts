// SPDX-License-Identifier: GPL-2.0-only
/**
 * Entries and cursors of an xarray: a tree of nodes with 64 slots, from page offsets to words. Linux v6.6: include/linux/xarray.h.
 *
 * An entry is a word: a page (a multiple of 4), a value ((v << 1) | 1, a swap entry), a node (its Ptr | 2), or an internal mark below 4096:
 * a sibling of a lower slot, or "start again". The only xarrays of the port are those of address spaces, so that the xarray is named by its
 * address_space. The cursor is on the stack of whoever uses it.
 * left out: marks (no file of the port is written back), allocating arrays, zero entries, xa_flags.
 */
import { load, peek, store } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at, ptr, struct, word } from '../../struct.ts';
import { address_space } from './mm_types.ts';

export const XA_CHUNK_SHIFT = 6;
export const XA_CHUNK_SIZE = 64;
export const XA_CHUNK_MASK = 63;

/** With the word that the slab adds, a multiple of 4 words: so must the address of a node be. */
export const xa_node = struct('xa_node', {
  shift: word,
  offset: word,
  /** Slots in use, and how many of them hold values. */
  count: word,
  nr_values: word,
  parent: ptr,
  rcu_head: word,
  unused: 5,
  slots: XA_CHUNK_SIZE,
});

export const XA_RETRY_ENTRY = (256 << 2) | 2;

export const xa_is_value = (entry: number): boolean => (entry & 1) !== 0;
export const xa_mk_value = (v: number): number => ((v << 1) | 1) >>> 0;
export const xa_to_value = (entry: number): number => entry >>> 1;
export const xa_is_internal = (entry: number): boolean => (entry & 3) === 2;
export const xa_is_node = (entry: number): boolean => (entry & 3) === 2 && entry > 4096;
export const xa_to_node = (entry: number): Ptr => (entry - 2) as Ptr;
export const xa_mk_sibling = (offset: number): number => (offset << 2) | 2;
export const xa_is_sibling = (entry: number): boolean => (entry & 3) === 2 && entry < xa_mk_sibling(XA_CHUNK_SIZE - 1);
export const xa_to_sibling = (entry: number): number => entry >>> 2;
/** Errors are kept in `xa_node` of the cursor, so an entry is never one. */
export const xa_is_retry = (entry: number): boolean => entry === XA_RETRY_ENTRY;

export function xa_mk_node(c: Vcpu, node: Ptr): number {
  if ((node & 3) !== 0) violate(c, 'check', `xarray node at ${node}, which is no multiple of 4`);
  return node | 2;
}

/** States of a cursor that is at no node. */
export const XAS_BOUNDS = -1;
export const XAS_RESTART = -3;

/** A cursor. `xa_node` is a Ptr, NULL at the root, XAS_*, or below -16 an error: -16 - errno. */
export interface xa_state {
  xa: Ptr;
  xa_index: number;
  xa_shift: number;
  xa_sibs: number;
  xa_offset: number;
  xa_node: number;
  xa_alloc: Ptr;
  /** The xa_lock was taken through this cursor: what it looks at is written by nobody else, so that a plain look is enough. */
  xa_locked: boolean;
}

/** Linux: XA_STATE(name, &mapping->i_pages, index). */
export const XA_STATE = (mapping: Ptr, index: number): xa_state => XA_STATE_ORDER(mapping, index, 0);

export function XA_STATE_ORDER(mapping: Ptr, index: number, order: number): xa_state {
  const xas: xa_state = {
    ...{ xa: mapping, xa_index: 0, xa_shift: 0, xa_sibs: 0, xa_offset: 0, xa_node: XAS_RESTART, xa_alloc: NULL },
    xa_locked: false,
  };
  xas_set_order(xas, index, order);
  return xas;
}

export function xas_set(xas: xa_state, index: number): void {
  xas.xa_index = index >>> 0;
  xas.xa_node = XAS_RESTART;
}

export function xas_set_order(xas: xa_state, index: number, order: number): void {
  xas.xa_index = order < 32 ? ((index >>> order) << order) >>> 0 : 0;
  xas.xa_shift = order - (order % XA_CHUNK_SHIFT);
  xas.xa_sibs = (1 << (order % XA_CHUNK_SHIFT)) - 1;
  xas.xa_node = XAS_RESTART;
}

export function xas_reset(xas: xa_state): void {
  xas.xa_node = XAS_RESTART;
}

export function xas_retry(xas: xa_state, entry: number): boolean {
  if (!xa_is_retry(entry)) return false;
  xas_reset(xas);
  return true;
}

export function xas_set_err(xas: xa_state, err: number): void {
  xas.xa_node = err - 16;
}

/** @returns 0 or a negative errno */
export const xas_error = (xas: xa_state): number => (xas.xa_node <= -16 ? xas.xa_node + 16 : 0);
/** Not at a node and not at the root. */
export const xas_invalid = (xas: xa_state): boolean => xas.xa_node < 0;
export const xas_valid = (xas: xa_state): boolean => xas.xa_node >= 0;
export const xas_is_node = (xas: xa_state): boolean => xas.xa_node > 0;
/** Has the walk to start at the root? */
export const xas_top = (node: number): boolean => node <= 0 && node > -16;
export const xas_not_node = (node: number): boolean => node <= 0;

export const xa_slot = (node: Ptr, offset: number): Ptr => at(node, xa_node.slots + offset);
export const xa_headOf = (mapping: Ptr): Ptr => at(mapping, address_space.xa_head);

/** Pairs with the store of xa_assign(): a node is filled in before it is hooked. Linux: rcu_dereference(). */
export function* xa_head(c: Vcpu, xas: xa_state): Code<number> {
  return xas.xa_locked ? peek(c, xa_headOf(xas.xa)) : yield* load(c, xa_headOf(xas.xa));
}

export function* xa_entry(c: Vcpu, xas: xa_state, node: Ptr, offset: number): Code<number> {
  return xas.xa_locked ? peek(c, xa_slot(node, offset)) : yield* load(c, xa_slot(node, offset));
}

/** With the xa_lock held. Linux: rcu_dereference_protected(). */
export const xa_entry_locked = (c: Vcpu, node: Ptr, offset: number): number => peek(c, xa_slot(node, offset));

/** Linux: rcu_assign_pointer(). */
export function* xa_assign(c: Vcpu, slot: Ptr, entry: number): Code {
  yield* store(c, slot, entry);
}

export const xa_node_shift = (c: Vcpu, node: number): number => peek(c, at(node as Ptr, xa_node.shift));

export function* xas_lock(c: Vcpu, xas: xa_state): Code {
  yield* spin_lock(c, at(xas.xa, address_space.xa_lock));
  xas.xa_locked = true;
}

export function* xas_unlock(c: Vcpu, xas: xa_state): Code {
  xas.xa_locked = false;
  yield* spin_unlock(c, at(xas.xa, address_space.xa_lock));
}

/** The entry where the cursor stands, read again. */
export function* xas_reload(c: Vcpu, xas: xa_state): Code<number> {
  if (!xas_is_node(xas)) return yield* xa_head(c, xas);
  const entry = yield* xa_entry(c, xas, xas.xa_node as Ptr, (xas.xa_index >>> xa_node_shift(c, xas.xa_node)) & XA_CHUNK_MASK);
  return xa_is_sibling(entry) ? yield* xa_entry(c, xas, xas.xa_node as Ptr, xa_to_sibling(entry)) : entry;
}
