// SPDX-License-Identifier: GPL-2.0-only
/**
 * References to a slot of the swap device: from ptes and shmem files, counted, and from the swap cache, a flag. Without either the slot is free.
 * Linux v6.6: mm/swapfile.c, swap_duplicate(), swapcache_prepare(), swap_shmem_alloc(), swap_free(), put_swap_folio(), __swap_count(),
 * swp_swapcount(), __swap_entry_free(); mm/swapfile.c, get_swap_device() needs nothing here, since swap is never switched off.
 */
import { load, peek, poke, store } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { SWAP_HAS_CACHE, SWAP_MAP_SHMEM, swap_info, swap_info_struct } from '../../include/linux/swap.ts';
import { swp_offset } from '../../include/linux/swapops.ts';
import { EEXIST, ENOENT } from '../../include/uapi/asm-generic/errno.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';

/** The word of an entry's slot. An entry of no slot is a broken pte. */
function mapOf(c: Vcpu, entry: number): Ptr {
  const si = swap_info(c);
  const offset = swp_offset(entry);
  if (si === 0 || offset === 0 || offset >= peek(c, at(si, swap_info_struct.max)))
    violate(c, 'check', `swap_info_get: Bad swap offset entry 0x${entry.toString(16)}`);
  return at(peek(c, at(si, swap_info_struct.swap_map)) as Ptr, offset);
}

const lockOf = (c: Vcpu): Ptr => at(swap_info(c), swap_info_struct.lock);
const countOf = (value: number): number => ((value & SWAP_MAP_SHMEM) !== 0 ? 1 : value & ~SWAP_HAS_CACHE);

/** With the device locked. The slot is free for others if `value` is 0. */
function* set_map(c: Vcpu, map: Ptr, value: number): Code {
  yield* store(c, map, value);
  if (value !== 0) return;
  const nr = at(swap_info(c), swap_info_struct.nr_swap_pages);
  poke(c, nr, peek(c, nr) + 1);
}

/** One more reference from a pte. @returns 0, or -ENOENT if the slot is not in use */
export function* swap_duplicate(c: Vcpu, entry: number): Code<number> {
  const map = mapOf(c, entry);
  yield* spin_lock(c, lockOf(c));
  const value = peek(c, map);
  if (value !== 0) yield* set_map(c, map, value + 1);
  yield* spin_unlock(c, lockOf(c));
  return value === 0 ? -ENOENT : 0;
}

/** A shmem file takes the slot that its page has just been given. */
export function* swap_shmem_alloc(c: Vcpu, entry: number): Code {
  const map = mapOf(c, entry);
  yield* spin_lock(c, lockOf(c));
  yield* set_map(c, map, peek(c, map) | SWAP_MAP_SHMEM);
  yield* spin_unlock(c, lockOf(c));
}

/** A page is about to be read into the swap cache. @returns 0, -EEXIST if somebody else does that or has done it, -ENOENT if the slot is not in use */
export function* swapcache_prepare(c: Vcpu, entry: number): Code<number> {
  const map = mapOf(c, entry);
  yield* spin_lock(c, lockOf(c));
  const value = peek(c, map);
  const error = (value & SWAP_HAS_CACHE) !== 0 ? -EEXIST : value === 0 ? -ENOENT : 0;
  if (error === 0) yield* set_map(c, map, value | SWAP_HAS_CACHE);
  yield* spin_unlock(c, lockOf(c));
  return error;
}

/** One reference less, of a pte or a shmem file. @returns what the slot holds then */
export function* __swap_entry_free(c: Vcpu, entry: number): Code<number> {
  const map = mapOf(c, entry);
  yield* spin_lock(c, lockOf(c));
  const value = peek(c, map);
  if (countOf(value) === 0) violate(c, 'check', `swap_free: Unused swap offset entry 0x${entry.toString(16)}`);
  const left = (value & SWAP_MAP_SHMEM) !== 0 ? value & ~SWAP_MAP_SHMEM : value - 1;
  yield* set_map(c, map, left);
  yield* spin_unlock(c, lockOf(c));
  return left;
}

export function* swap_free(c: Vcpu, entry: number): Code {
  yield* __swap_entry_free(c, entry);
}

/** The page has left the swap cache. */
export function* put_swap_folio(c: Vcpu, _folio: Ptr, entry: number): Code {
  const map = mapOf(c, entry);
  yield* spin_lock(c, lockOf(c));
  const value = peek(c, map);
  if ((value & SWAP_HAS_CACHE) === 0) violate(c, 'check', `VM_BUG_ON: swap entry 0x${entry.toString(16)} has no page in the swap cache`);
  yield* set_map(c, map, value & ~SWAP_HAS_CACHE);
  yield* spin_unlock(c, lockOf(c));
}

/** References other than that of the swap cache, without a lock. */
export function* __swap_count(c: Vcpu, entry: number): Code<number> {
  return countOf(yield* load(c, mapOf(c, entry)));
}

export const swp_swapcount = __swap_count;
