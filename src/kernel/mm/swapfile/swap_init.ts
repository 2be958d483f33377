// SPDX-License-Identifier: GPL-2.0-only
/**
 * A swap device is switched on at boot. Linux v6.6: mm/swapfile.c, swapon(), setup_swap_map_and_extents(); mm/swap_state.c,
 * init_swap_address_space().
 */

import { swap_aops } from '../../include/linux/fs.ts';
import { address_space } from '../../include/linux/mm_types.ts';
import { SWAP_MAP_BAD, swap_info_struct } from '../../include/linux/swap.ts';
import { type Kernel, newObject } from '../../kernel.ts';
import { at, struct } from '../../struct.ts';

/**
 * The first slot that is handed out. Linux takes one at random; which one shows only in how blocks of readahead fall. The fifth of a block is what most of
 * the recorded swap-ins of files (test/vectors/collapse) began with, as their counts of pages read ahead tell.
 */
const FIRST = 13;

/** @param pages slots, the first of which is the header: 16384 make 64 MiB; 0: no swap */
export function swap_init(k: Kernel, pages: number): void {
  if (pages === 0) return;
  const { words } = k.m.mem;
  const si = newObject(k, swap_info_struct, 'swap_info');
  k.globals.swap_info = si;
  words[at(si, swap_info_struct.max)] = pages;
  words[at(si, swap_info_struct.nr_swap_pages)] = pages - 1;
  words[at(si, swap_info_struct.cluster_next)] = Math.min(FIRST, pages - 1);
  const slots = struct('slots', { slot: pages });
  const swap_map = newObject(k, slots, 'swap_map');
  words[swap_map] = SWAP_MAP_BAD;
  words[at(si, swap_info_struct.swap_map)] = swap_map;
  words[at(si, swap_info_struct.swap_cache)] = newObject(k, slots, 'swap_cache');
  words[at(si, swap_info_struct.brd_pages)] = newObject(k, slots, 'brd');
  words[at(si, swap_info_struct.swapper_space + address_space.a_ops)] = swap_aops;
  words[at(si, swap_info_struct.swapin_readahead_hits)] = 4;
}
