// SPDX-License-Identifier: GPL-2.0-only
/**
 * How many pages a shmem file has, in the page cache and in swap. Linux v6.6: mm/shmem.c, shmem_recalc_inode(), shmem_charge(), shmem_uncharge();
 * shmem_swap_usage(), shmem_partial_swap_usage().
 *
 * i_blocks is `alloced` here, in pages: Linux changes both together.
 * left out: limits of the mount and of overcommit: a charge always succeeds.
 */
import { load, peek, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { data_race } from '../../guard.ts';
import { file_mapping, i_size_read, inode_mapping, mapping_host } from '../../include/linux/fs.ts';
import { address_space, inode as struct_inode, vm_area_struct } from '../../include/linux/mm_types.ts';
import { mapping_add_nrpages } from '../../include/linux/pagemap.ts';
import { XA_STATE, xa_is_value, xas_retry } from '../../include/linux/xarray.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { rcu_read_lock, rcu_read_unlock } from '../../kernel/rcu/update.ts';
import { since } from '../../kernel.ts';
import { xas_find } from '../../lib/xarray/xas_find.ts';
import { at } from '../../struct.ts';

data_race('alloced, which shmem_setattr() asks for without its lock', 'mm/shmem.c shmem_recalc_inode');

/** With the lock held. */
function* add(c: Vcpu, p: Ptr, n: number): Code {
  yield* store(c, p, peek(c, p) + n);
}

/**
 * Adds to both counts, then lets go what the page cache has lost behind the file's back. nrpages is looked at without its lock, as in Linux, so it
 * is a marked access here.
 */
export function* shmem_recalc_inode(c: Vcpu, inode: Ptr, alloced: number, swapped: number): Code {
  const lock = at(inode, struct_inode.lock);
  yield* spin_lock(c, lock);
  yield* add(c, at(inode, struct_inode.alloced), alloced);
  yield* add(c, at(inode, struct_inode.swapped), swapped);
  const nrpages = yield* load(c, at(inode_mapping(c, inode), address_space.nrpages));
  let freed = (peek(c, at(inode, struct_inode.alloced)) - peek(c, at(inode, struct_inode.swapped)) - nrpages) | 0;
  // swapped++ before nrpages--: in between the page is in both.
  if (swapped > 0) freed += swapped;
  if (freed > 0) yield* add(c, at(inode, struct_inode.alloced), -freed);
  yield* spin_unlock(c, lock);
}

/** Pages that are to come, for the holes of a huge page. Before v6.6 the caller holds the xa_lock. In Linux it fails where a limit is reached. */
export function* shmem_charge(c: Vcpu, inode: Ptr, pages: number): Code {
  const mapping = inode_mapping(c, inode);
  const locks = since(c, '509f006932de');
  // nrpages first, then both counts agree when they are compared.
  if (locks) yield* spin_lock(c, at(mapping, address_space.xa_lock));
  yield* mapping_add_nrpages(c, mapping, pages);
  if (locks) yield* spin_unlock(c, at(mapping, address_space.xa_lock));
  yield* shmem_recalc_inode(c, inode, pages, 0);
}

/** The caller has taken the pages off nrpages. */
export function* shmem_uncharge(c: Vcpu, inode: Ptr, _pages: number): Code {
  yield* shmem_recalc_inode(c, inode, 0, 0);
}

/** Pages of the range of a file that are in swap. */
export function* shmem_partial_swap_usage(c: Vcpu, mapping: Ptr, start: number, end: number): Code<number> {
  const xas = XA_STATE(mapping, start);
  let swapped = 0;
  yield* rcu_read_lock(c);
  for (let entry = yield* xas_find(c, xas, end - 1); entry !== 0; entry = yield* xas_find(c, xas, end - 1)) {
    if (xas_retry(xas, entry)) continue;
    if (xa_is_value(entry)) swapped++;
    if (xas.xa_index === end - 1) break;
  }
  yield* rcu_read_unlock(c);
  return swapped;
}

/** In pages, of what the VMA maps; all of the file's if it maps all. */
export function* shmem_swap_usage(c: Vcpu, vma: Ptr): Code<number> {
  const mapping = file_mapping(c, peek(c, at(vma, vm_area_struct.vm_file)) as Ptr);
  const inode = mapping_host(c, mapping);
  const swapped = yield* load(c, at(inode, struct_inode.swapped));
  if (swapped === 0) return 0;
  const pgoff = peek(c, at(vma, vm_area_struct.vm_pgoff));
  const bytes = peek(c, at(vma, vm_area_struct.vm_end)) - peek(c, at(vma, vm_area_struct.vm_start));
  if (pgoff === 0 && bytes >= (yield* i_size_read(c, inode))) return swapped;
  return yield* shmem_partial_swap_usage(c, mapping, pgoff, pgoff + bytes / 4096);
}
