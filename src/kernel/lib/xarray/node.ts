// SPDX-License-Identifier: GPL-2.0-only
/**
 * Nodes come and go. Linux v6.6: lib/xarray.c, xas_alloc(), xa_node_free(), xas_nomem(), xas_destroy(); lib/radix-tree.c, radix_tree_node_rcu_free().
 * A node that was hooked is freed after a grace period: lockless walks may be in it.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { kmem_cache } from '../../include/linux/slab.ts';
import { XAS_RESTART, xa_node, type xa_state, xas_error, xas_invalid, xas_set_err } from '../../include/linux/xarray.ts';
import { ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { call_rcu } from '../../kernel/rcu/update.ts';
import { kernelOf } from '../../kernel.ts';
import { kmem_cache_alloc, kmem_cache_free } from '../../mm/slub/kmem_cache_alloc.ts';
import { at } from '../../struct.ts';

export const radix_tree_node_cachep = kmem_cache('radix_tree_node', xa_node);

/** A node with nothing in it, or NULL. */
export function* new_node(c: Vcpu): Code<Ptr> {
  return yield* kmem_cache_alloc(c, radix_tree_node_cachep);
}

function* radix_tree_node_rcu_free(c: Vcpu, node: number): Code {
  yield* kmem_cache_free(c, radix_tree_node_cachep, node as Ptr);
}

export function* xa_node_free(c: Vcpu, node: Ptr): Code {
  if (kernelOf(c).config.keepNodes !== true) yield* call_rcu(c, node, radix_tree_node_rcu_free);
}

/** A node below the cursor's, or at the root; NULL and -ENOMEM in the cursor if there is no memory. */
export function* xas_alloc(c: Vcpu, xas: xa_state, shift: number): Code<Ptr> {
  if (xas_invalid(xas)) return NULL;
  const parent = xas.xa_node as Ptr;
  let node = xas.xa_alloc;
  if (node !== NULL) xas.xa_alloc = NULL;
  else node = yield* new_node(c);
  if (node === NULL) {
    xas_set_err(xas, -ENOMEM);
    return NULL;
  }
  poke(c, at(node, xa_node.offset), 0);
  if (parent !== NULL) {
    poke(c, at(node, xa_node.offset), xas.xa_offset);
    poke(c, at(parent, xa_node.count), peek(c, at(parent, xa_node.count)) + 1);
  }
  poke(c, at(node, xa_node.shift), shift);
  poke(c, at(node, xa_node.parent), parent);
  return node;
}

/** Gives back what the cursor has allocated and not used. */
export function* xas_destroy(c: Vcpu, xas: xa_state): Code {
  while (xas.xa_alloc !== NULL) {
    const node = xas.xa_alloc;
    xas.xa_alloc = peek(c, at(node, xa_node.parent)) as Ptr;
    yield* kmem_cache_free(c, radix_tree_node_cachep, node);
  }
}

/** After an operation, with the lock dropped. @returns whether it failed for want of memory and should be tried again */
export function* xas_nomem(c: Vcpu, xas: xa_state, _gfp: number): Code<boolean> {
  if (xas_error(xas) !== -ENOMEM) {
    yield* xas_destroy(c, xas);
    return false;
  }
  xas.xa_alloc = yield* new_node(c);
  if (xas.xa_alloc === NULL) return false;
  xas.xa_node = XAS_RESTART;
  return true;
}
