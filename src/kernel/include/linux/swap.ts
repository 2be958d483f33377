// SPDX-License-Identifier: GPL-2.0-only
/**
 * The swap device and its slots. Linux v6.6: include/linux/swap.h, struct swap_info_struct, SWAP_HAS_CACHE, SWAP_MAP_SHMEM; mm/swap_state.c,
 * swapper_spaces[], swapin_readahead_hits.
 *
 * One device, on a RAM disk: written and read at once (SWP_SYNCHRONOUS_IO), no seeking (SWP_SOLIDSTATE). Three arrays run in parallel, one word for
 * each slot: its references, its page in the swap cache, and the disk's page. Slot 0 is the header.
 * left out: several devices and their priorities, clusters, continuation of counts above 62: a count is a word here, not a byte.
 */
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { kernelOf } from '../../kernel.ts';
import { at, atomic, ptr, struct, word } from '../../struct.ts';
import { address_space } from './mm_types.ts';

export const swap_info_struct = struct('swap_info_struct', {
  lock: atomic,
  /** Slots, the header included. */
  max: word,
  /** Slots that are free. Linux: nr_swap_pages. */
  nr_swap_pages: word,
  /** Where the search for a free slot goes on. */
  cluster_next: word,
  swap_map: ptr,
  /** Slots of the swap cache, under the xa_lock of its address_space; NULL or a folio. Linux has an xarray. */
  swap_cache: ptr,
  swapper_space: address_space.$words,
  /** Pages of the RAM disk, allocated when they are first written. */
  brd_pages: ptr,
  /** Of readahead by slots: pages of it that have been used, the last slot without any, and the last window. */
  swapin_readahead_hits: atomic,
  prev_offset: atomic,
  last_readahead_pages: atomic,
});

/** Of a slot's count: its page is in the swap cache. */
export const SWAP_HAS_CACHE = 1 << 30;
/** In place of a count: a shmem file refers to it. */
export const SWAP_MAP_SHMEM = 1 << 29;
/** The header. */
export const SWAP_MAP_BAD = 1 << 28;

/** Pages that readahead takes at most, as a power of two: /proc/sys/vm/page-cluster. */
export const page_cluster = 3;

/** NULL: there is no swap. */
export const swap_info = (c: Vcpu): Ptr => kernelOf(c).globals.swap_info;
/** The swap cache as an address_space. */
export const swap_address_space = (c: Vcpu): Ptr => (swap_info(c) === NULL ? NULL : at(swap_info(c), swap_info_struct.swapper_space));
