// SPDX-License-Identifier: GPL-2.0-only
/**
 * Making room for an entry: the tree grows at the root until it reaches the index, and downwards until there is a slot of the right size.
 * Linux v6.6: lib/xarray.c, xas_expand(), xas_create(), xas_create_range(). The caller holds the xa_lock.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import {
  XA_CHUNK_MASK,
  XA_CHUNK_SHIFT,
  XA_CHUNK_SIZE,
  xa_assign,
  xa_entry_locked,
  xa_head,
  xa_headOf,
  xa_is_node,
  xa_is_value,
  xa_mk_node,
  xa_node,
  xa_node_shift,
  xa_slot,
  type xa_state,
  xa_to_node,
  xas_error,
  xas_is_node,
  xas_top,
} from '../../include/linux/xarray.ts';
import { at } from '../../struct.ts';
import { xas_alloc } from './node.ts';
import { get_offset, xas_descend } from './xas_load.ts';

/** Highest index that must be reached. An entry of many indexes cannot lie in the root itself. */
function xas_max(xas: xa_state): number {
  if (xas.xa_shift === 0 && xas.xa_sibs === 0) return xas.xa_index;
  const mask = ((xas.xa_sibs + 1) << xas.xa_shift) - 1;
  const max = (xas.xa_index | mask) >>> 0;
  return mask === max ? max + 1 : max;
}

/** Highest index that a tree with this head reaches. */
const max_index = (c: Vcpu, head: number): number => (xa_is_node(head) ? XA_CHUNK_SIZE * 2 ** xa_node_shift(c, xa_to_node(head)) - 1 : 0);

/** @returns shift above the root's node, or -1 if there is no memory */
function* xas_expand(c: Vcpu, xas: xa_state, first: number): Code<number> {
  let head = first;
  let shift = 0;
  let node = NULL;
  const max = xas_max(xas);
  if (head === 0) {
    if (max === 0) return 0;
    while (max >>> shift >= XA_CHUNK_SIZE) shift += XA_CHUNK_SHIFT;
    return shift + XA_CHUNK_SHIFT;
  }
  if (xa_is_node(head)) {
    node = xa_to_node(head);
    shift = xa_node_shift(c, node) + XA_CHUNK_SHIFT;
  }
  xas.xa_node = NULL;
  while (max > max_index(c, head)) {
    node = yield* xas_alloc(c, xas, shift);
    if (node === NULL) return -1;
    poke(c, at(node, xa_node.count), 1);
    poke(c, at(node, xa_node.nr_values), xa_is_value(head) ? 1 : 0);
    poke(c, xa_slot(node, 0), head);
    if (xa_is_node(head)) {
      poke(c, at(xa_to_node(head), xa_node.offset), 0);
      poke(c, at(xa_to_node(head), xa_node.parent), node);
    }
    head = xa_mk_node(c, node);
    yield* xa_assign(c, xa_headOf(xas.xa), head);
    shift += XA_CHUNK_SHIFT;
  }
  xas.xa_node = node;
  return shift;
}

/** @returns what the slot holds; 0 for a new one, and for an error, which is in the cursor */
export function* xas_create(c: Vcpu, xas: xa_state, allow_root: boolean): Code<number> {
  let shift = 0;
  let slot = xa_headOf(xas.xa);
  let entry = 0;
  if (xas_top(xas.xa_node)) {
    entry = yield* xa_head(c, xas);
    xas.xa_node = NULL;
    shift = yield* xas_expand(c, xas, entry);
    if (shift < 0) return 0;
    if (shift === 0 && !allow_root) shift = XA_CHUNK_SHIFT;
    entry = yield* xa_head(c, xas);
  } else if (xas_error(xas) !== 0) {
    return 0;
  } else {
    shift = xa_node_shift(c, xas.xa_node);
    slot = xa_slot(xas.xa_node as Ptr, xas.xa_offset);
    entry = xa_entry_locked(c, xas.xa_node as Ptr, xas.xa_offset);
  }
  while (shift > xas.xa_shift) {
    shift -= XA_CHUNK_SHIFT;
    let node = NULL;
    if (entry === 0) {
      node = yield* xas_alloc(c, xas, shift);
      if (node === NULL) break;
      yield* xa_assign(c, slot, xa_mk_node(c, node));
    } else if (xa_is_node(entry)) node = xa_to_node(entry);
    else break;
    entry = yield* xas_descend(c, xas, node);
    slot = xa_slot(node, xas.xa_offset);
  }
  return entry;
}

/** All slots of the cursor's range, so that single entries can be stored in it; the cursor is at the first, and of one index. */
export function* xas_create_range(c: Vcpu, xas: xa_state): Code {
  const { xa_index: index, xa_shift: shift, xa_sibs: sibs } = xas;
  xas.xa_index = (index | (((sibs + 1) << shift) - 1)) >>> 0;
  if (xas_is_node(xas) && xa_node_shift(c, xas.xa_node) === shift) xas.xa_offset |= sibs;
  xas.xa_shift = 0;
  xas.xa_sibs = 0;
  for (;;) {
    yield* xas_create(c, xas, true);
    if (xas_error(xas) !== 0) {
      xas.xa_shift = shift;
      xas.xa_sibs = sibs;
      xas.xa_index = index;
      return;
    }
    if (xas.xa_index <= (index | XA_CHUNK_MASK) >>> 0) break;
    xas.xa_index -= XA_CHUNK_SIZE;
    to_previous_slot(c, xas, shift);
  }
  xas.xa_index = index;
  if (xas.xa_node !== NULL) xas.xa_offset = get_offset(c, index, xas.xa_node as Ptr);
}

/** From a node that is complete to the slot before it, at most at the level of the whole range. */
function to_previous_slot(c: Vcpu, xas: xa_state, shift: number): void {
  for (;;) {
    const node = xas.xa_node as Ptr;
    if (xa_node_shift(c, node) >= shift) return;
    const offset = peek(c, at(node, xa_node.offset));
    xas.xa_node = peek(c, at(node, xa_node.parent));
    xas.xa_offset = offset - 1;
    if (offset !== 0) return;
  }
}
