// SPDX-License-Identifier: GPL-2.0-only
/**
 * The batches of folios that are to become unevictable, or need not be any more: one of each CPU. Linux v6.6: mm/mlock.c, struct mlock_fbatch,
 * mlock_lru(), mlock_new().
 */
import { type Kernel, newObject } from '../../kernel.ts';
import { ptr, struct, word } from '../../struct.ts';
import { PAGEVEC_SIZE } from '../swap/swap_setup.ts';

export const MUNLOCK = 0;
/** Is on an LRU list. */
export const MLOCK_LRU = 1;
/** Is not on any yet. */
export const MLOCK_NEW = 2;

export const mlock_fbatch = struct('mlock_fbatch', { nr: word, folios: PAGEVEC_SIZE * ptr, kinds: PAGEVEC_SIZE * word });

export function mlock_init(k: Kernel): void {
  const all = struct('mlock_fbatches', { batches: k.m.cpus * mlock_fbatch.$words });
  k.globals.mlock_fbatches = newObject(k, all, 'mlock_fbatches');
}
