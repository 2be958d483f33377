// SPDX-License-Identifier: GPL-2.0-only
/**
 * Storing an entry at one index or at many, and what the tree loses by it. Linux v6.6: lib/xarray.c, xas_store(), update_node(), xas_delete_node(),
 * xas_shrink(), xas_free_nodes(). The caller holds the xa_lock.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import {
  XA_CHUNK_MASK,
  XA_CHUNK_SIZE,
  XA_RETRY_ENTRY,
  XAS_BOUNDS,
  xa_assign,
  xa_entry_locked,
  xa_headOf,
  xa_is_node,
  xa_is_sibling,
  xa_is_value,
  xa_mk_sibling,
  xa_node,
  xa_node_shift,
  xa_slot,
  type xa_state,
  xa_to_node,
  xas_invalid,
} from '../../include/linux/xarray.ts';
import { at } from '../../struct.ts';
import { xa_node_free } from './node.ts';
import { xas_create } from './xas_create.ts';
import { xas_load } from './xas_load.ts';

const countOf = (c: Vcpu, node: Ptr): number => peek(c, at(node, xa_node.count));
const parentOf = (c: Vcpu, node: Ptr): Ptr => peek(c, at(node, xa_node.parent)) as Ptr;

/** @param entry 0 takes away. @returns the old entry; for a cursor of many indexes that of one of them */
export function* xas_store(c: Vcpu, xas: xa_state, entry: number): Code<number> {
  let first = entry !== 0 ? yield* xas_create(c, xas, !xa_is_node(entry)) : yield* xas_load(c, xas);
  if (xas_invalid(xas)) return first;
  const node = xas.xa_node as Ptr;
  if (node !== NULL && xas.xa_shift < xa_node_shift(c, node)) xas.xa_sibs = 0;
  if (first === entry && xas.xa_sibs === 0) return first;
  if (node === NULL) {
    yield* xa_assign(c, xa_headOf(xas.xa), entry);
    if (xa_is_node(first)) yield* xas_free_nodes(c, xa_to_node(first));
    return first;
  }
  const value = xa_is_value(entry);
  const max = xas.xa_offset + xas.xa_sibs;
  let put = entry;
  let next = first;
  let count = 0;
  let values = 0;
  for (let offset = xas.xa_offset; ; ) {
    yield* xa_assign(c, xa_slot(node, offset), put);
    if (xa_is_node(next) && xa_node_shift(c, node) !== 0) yield* xas_free_nodes(c, xa_to_node(next));
    count += Number(next === 0) - Number(put === 0);
    values += Number(!xa_is_value(first)) - Number(!value);
    if (put !== 0 ? offset === max : offset === XA_CHUNK_MASK) break;
    if (put !== 0 && !xa_is_sibling(put)) put = xa_mk_sibling(xas.xa_offset);
    offset++;
    next = xa_entry_locked(c, node, offset);
    if (xa_is_sibling(next)) continue;
    if (put === 0 && offset > max) break;
    first = next;
  }
  yield* update_node(c, xas, node, count, values);
  return first;
}

function* update_node(c: Vcpu, xas: xa_state, node: Ptr, count: number, values: number): Code {
  if (count === 0 && values === 0) return;
  poke(c, at(node, xa_node.count), countOf(c, node) + count);
  poke(c, at(node, xa_node.nr_values), peek(c, at(node, xa_node.nr_values)) + values);
  if (count < 0) yield* xas_delete_node(c, xas);
}

/** Takes the cursor's node away if it is empty, and its parents that become so. */
function* xas_delete_node(c: Vcpu, xas: xa_state): Code {
  let node = xas.xa_node as Ptr;
  while (countOf(c, node) === 0) {
    const parent = parentOf(c, node);
    xas.xa_node = parent;
    xas.xa_offset = peek(c, at(node, xa_node.offset));
    yield* xa_node_free(c, node);
    if (parent === NULL) {
      yield* xa_assign(c, xa_headOf(xas.xa), 0);
      xas.xa_node = XAS_BOUNDS;
      return;
    }
    yield* xa_assign(c, xa_slot(parent, xas.xa_offset), 0);
    poke(c, at(parent, xa_node.count), countOf(c, parent) - 1);
    node = parent;
  }
  if (parentOf(c, node) === NULL) yield* xas_shrink(c, xas);
}

/** A root with nothing but its first slot is not needed. */
function* xas_shrink(c: Vcpu, xas: xa_state): Code {
  let node = xas.xa_node as Ptr;
  for (;;) {
    if (countOf(c, node) !== 1) return;
    const entry = xa_entry_locked(c, node, 0);
    if (entry === 0 || (!xa_is_node(entry) && xa_node_shift(c, node) !== 0)) return;
    xas.xa_node = XAS_BOUNDS;
    yield* xa_assign(c, xa_headOf(xas.xa), entry);
    poke(c, at(node, xa_node.count), 0);
    poke(c, at(node, xa_node.nr_values), 0);
    if (!xa_is_node(entry)) yield* xa_assign(c, xa_slot(node, 0), XA_RETRY_ENTRY);
    yield* xa_node_free(c, node);
    if (!xa_is_node(entry)) return;
    node = xa_to_node(entry);
    poke(c, at(node, xa_node.parent), NULL);
  }
}

/** Frees a node that was unhooked, and all below it. Whoever walks in them is told to start again. */
function* xas_free_nodes(c: Vcpu, top: Ptr): Code {
  let node = top;
  let offset = 0;
  for (;;) {
    const entry = xa_entry_locked(c, node, offset);
    if (xa_node_shift(c, node) !== 0 && xa_is_node(entry)) {
      node = xa_to_node(entry);
      offset = 0;
      continue;
    }
    if (entry !== 0) yield* xa_assign(c, xa_slot(node, offset), XA_RETRY_ENTRY);
    offset++;
    while (offset === XA_CHUNK_SIZE) {
      const done = node;
      node = parentOf(c, done);
      offset = peek(c, at(done, xa_node.offset)) + 1;
      poke(c, at(done, xa_node.count), 0);
      poke(c, at(done, xa_node.nr_values), 0);
      yield* xa_node_free(c, done);
      if (done === top) return;
    }
  }
}
