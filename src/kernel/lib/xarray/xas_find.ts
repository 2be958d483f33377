// SPDX-License-Identifier: GPL-2.0-only
/**
 * Going from entry to entry. Linux v6.6: lib/xarray.c, xas_find(), xas_find_conflict(), __xas_next(), xas_pause();
 * include/linux/xarray.h, xas_next_entry(), xas_next().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import {
  XA_CHUNK_MASK,
  XA_CHUNK_SIZE,
  XAS_BOUNDS,
  XAS_RESTART,
  xa_entry,
  xa_is_internal,
  xa_is_node,
  xa_is_sibling,
  xa_node,
  xa_node_shift,
  type xa_state,
  xa_to_node,
  xas_error,
  xas_invalid,
  xas_not_node,
  xas_top,
} from '../../include/linux/xarray.ts';
import { at } from '../../struct.ts';
import { get_offset, set_bounds, xas_descend, xas_load, xas_start } from './xas_load.ts';

function xas_next_offset(c: Vcpu, xas: xa_state): void {
  const shift = xa_node_shift(c, xas.xa_node);
  xas.xa_offset++;
  const above = shift + 6 < 32 ? (xas.xa_index >>> (shift + 6)) * 2 ** (shift + 6) : 0;
  xas.xa_index = (above + xas.xa_offset * 2 ** shift) >>> 0;
}

const to_parent = (c: Vcpu, xas: xa_state): void => {
  const node = xas.xa_node as Ptr;
  xas.xa_offset = peek(c, at(node, xa_node.offset)) + 1;
  xas.xa_node = peek(c, at(node, xa_node.parent));
};

/** The first entry at the cursor or, if it stands at one, behind it. @returns 0 if there is none up to `max` */
export function* xas_find(c: Vcpu, xas: xa_state, max: number): Code<number> {
  if (xas_error(xas) !== 0 || xas.xa_node === XAS_BOUNDS) return 0;
  if (xas.xa_index > max) return set_bounds(xas);
  if (xas.xa_node === NULL) {
    xas.xa_index = 1;
    return set_bounds(xas);
  }
  if (xas.xa_node === XAS_RESTART) {
    const entry = yield* xas_load(c, xas);
    if (entry !== 0 || xas_not_node(xas.xa_node)) return entry;
  } else if (xa_node_shift(c, xas.xa_node) === 0 && xas.xa_offset !== (xas.xa_index & XA_CHUNK_MASK)) {
    xas.xa_offset = ((xas.xa_index - 1) & XA_CHUNK_MASK) + 1;
  }
  xas_next_offset(c, xas);
  while (xas.xa_node !== NULL && xas.xa_index <= max) {
    if (xas.xa_offset === XA_CHUNK_SIZE) {
      to_parent(c, xas);
      continue;
    }
    const entry = yield* xa_entry(c, xas, xas.xa_node as Ptr, xas.xa_offset);
    if (xa_is_node(entry)) {
      xas.xa_node = xa_to_node(entry);
      xas.xa_offset = 0;
      continue;
    }
    if (entry !== 0 && !xa_is_sibling(entry)) return entry;
    xas_next_offset(c, xas);
  }
  if (xas.xa_node === NULL) xas.xa_node = XAS_BOUNDS;
  return 0;
}

/** The same, faster where the next entry is in the same node. */
export function* xas_next_entry(c: Vcpu, xas: xa_state, max: number): Code<number> {
  const node = xas.xa_node;
  if (xas_not_node(node) || xa_node_shift(c, node) !== 0 || xas.xa_offset !== (xas.xa_index & XA_CHUNK_MASK))
    return yield* xas_find(c, xas, max);
  for (;;) {
    if (xas.xa_index >= max || xas.xa_offset === XA_CHUNK_MASK) return yield* xas_find(c, xas, max);
    const entry = yield* xa_entry(c, xas, node as Ptr, xas.xa_offset + 1);
    if (xa_is_internal(entry)) return yield* xas_find(c, xas, max);
    xas.xa_offset++;
    xas.xa_index++;
    if (entry !== 0) return entry;
  }
}

/** The entry at the next index, which may be 0; the first time that at the cursor's. */
export function* xas_next(c: Vcpu, xas: xa_state): Code<number> {
  if (xas.xa_node !== XAS_RESTART) xas.xa_index = (xas.xa_index + 1) >>> 0;
  if (xas.xa_node === NULL) return set_bounds(xas);
  if (xas_not_node(xas.xa_node)) return yield* xas_load(c, xas);
  if (xas.xa_offset !== get_offset(c, xas.xa_index, xas.xa_node as Ptr)) xas.xa_offset++;
  while (xas.xa_offset === XA_CHUNK_SIZE) {
    to_parent(c, xas);
    if (xas.xa_node === NULL) return set_bounds(xas);
  }
  for (;;) {
    const entry = yield* xa_entry(c, xas, xas.xa_node as Ptr, xas.xa_offset);
    if (!xa_is_node(entry)) return entry;
    xas.xa_node = xa_to_node(entry);
    xas.xa_offset = get_offset(c, xas.xa_index, xas.xa_node as Ptr);
  }
}

/** The next entry in the range that the cursor covers. The caller holds the xa_lock. */
export function* xas_find_conflict(c: Vcpu, xas: xa_state): Code<number> {
  if (xas_error(xas) !== 0 || xas.xa_node === NULL) return 0;
  if (xas_top(xas.xa_node)) {
    let entry = yield* xas_start(c, xas);
    if (entry === 0) return 0;
    while (xa_is_node(entry)) entry = yield* xas_descend(c, xas, xa_to_node(entry));
    if (entry !== 0) return entry;
  }
  if (xa_node_shift(c, xas.xa_node) > xas.xa_shift) return 0;
  for (;;) {
    const shift = xa_node_shift(c, xas.xa_node);
    if (shift === xas.xa_shift) {
      if ((xas.xa_offset & xas.xa_sibs) === xas.xa_sibs) break;
    } else if (xas.xa_offset === XA_CHUNK_MASK) {
      xas.xa_offset = peek(c, at(xas.xa_node as Ptr, xa_node.offset));
      xas.xa_node = peek(c, at(xas.xa_node as Ptr, xa_node.parent));
      if (xas.xa_node === NULL) break;
      continue;
    }
    let entry = yield* xa_entry(c, xas, xas.xa_node as Ptr, ++xas.xa_offset);
    if (xa_is_sibling(entry)) continue;
    while (xa_is_node(entry)) {
      xas.xa_node = xa_to_node(entry);
      xas.xa_offset = 0;
      entry = yield* xa_entry(c, xas, xas.xa_node as Ptr, 0);
    }
    if (entry !== 0) return entry;
  }
  xas.xa_offset -= xas.xa_sibs; // back to the first of the range, where an entry is stored next
  return 0;
}

/** The array may change until the cursor is used again: it goes on behind where it stands. */
export function* xas_pause(c: Vcpu, xas: xa_state): Code {
  if (xas_invalid(xas)) return;
  const node = xas.xa_node as Ptr;
  xas.xa_node = XAS_RESTART;
  if (node === NULL) {
    xas.xa_index = (xas.xa_index + 1) >>> 0;
    return;
  }
  let offset = xas.xa_offset + 1;
  while (offset < XA_CHUNK_SIZE && xa_is_sibling(yield* xa_entry(c, xas, node, offset))) offset++;
  const size = 2 ** xa_node_shift(c, node);
  xas.xa_index = (Math.floor(xas.xa_index / size) * size + (offset - xas.xa_offset) * size) >>> 0;
  if (xas.xa_index === 0) xas.xa_node = XAS_BOUNDS;
}
