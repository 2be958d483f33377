// SPDX-License-Identifier: GPL-2.0-only
/**
 * A free slot of the swap device. Linux v6.6: mm/swapfile.c, get_swap_pages(), scan_swap_map_slots(); swap_range_alloc(), swap_range_free().
 * Slots come in order, and from the start again at the end, so that pages that leave together lie together.
 * left out: clusters of each CPU.
 */
import { peek, poke, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { SWAP_HAS_CACHE, swap_info, swap_info_struct } from '../../include/linux/swap.ts';
import { swp_entry } from '../../include/linux/swapops.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';

/** Pages that are free; a rough number unless the device is locked. */
export const get_nr_swap_pages = (c: Vcpu): number =>
  swap_info(c) === NULL ? 0 : c.m.mem.words[at(swap_info(c), swap_info_struct.nr_swap_pages)]!;

/** @returns the entry, which has SWAP_HAS_CACHE and no reference; 0 if all are in use, or there is no swap */
export function* get_swap_pages(c: Vcpu): Code<number> {
  const si = swap_info(c);
  if (si === NULL) return 0;
  yield* spin_lock(c, at(si, swap_info_struct.lock));
  const free = peek(c, at(si, swap_info_struct.nr_swap_pages));
  let entry = 0;
  if (free > 0) {
    const max = peek(c, at(si, swap_info_struct.max));
    const swap_map = peek(c, at(si, swap_info_struct.swap_map)) as Ptr;
    let offset = peek(c, at(si, swap_info_struct.cluster_next));
    while (peek(c, at(swap_map, offset)) !== 0) offset = (offset + 1) % max;
    yield* store(c, at(swap_map, offset), SWAP_HAS_CACHE);
    poke(c, at(si, swap_info_struct.cluster_next), (offset + 1) % max);
    poke(c, at(si, swap_info_struct.nr_swap_pages), free - 1);
    entry = swp_entry(0, offset);
  }
  yield* spin_unlock(c, at(si, swap_info_struct.lock));
  return entry;
}

/** Less than half of the slots are free: then a page that was read back gives its slot up. Linux v6.6: include/linux/swap.h. */
export const vm_swap_full = (c: Vcpu): boolean =>
  swap_info(c) !== NULL && get_nr_swap_pages(c) * 2 < peek(c, at(swap_info(c), swap_info_struct.max)) - 1;
