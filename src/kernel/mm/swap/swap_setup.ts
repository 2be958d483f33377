// SPDX-License-Identifier: GPL-2.0-only
/**
 * The LRU lists and the batches of each CPU at boot. Linux v6.6: mm/swap.c, swap_setup(), struct cpu_fbatches; mm/mmzone.c, lruvec_init();
 * include/linux/pagevec.h.
 */
import { writeWord } from '../../../../mmu/journal.ts';
import { lruvec, NR_LRU_LISTS } from '../../include/linux/mmzone.ts';
import { type Kernel, newObject } from '../../kernel.ts';
import { at, ptr, struct, word } from '../../struct.ts';

/** Folios of a batch. */
export const PAGEVEC_SIZE = 15;
export const folio_batch = struct('folio_batch', { nr: word, folios: PAGEVEC_SIZE * ptr });

/** What is done to the folios of a batch: its place in cpu_fbatches. */
export const LRU_ADD = 0;
export const LRU_ROTATE = 1;
export const LRU_DEACTIVATE_FILE = 2;
export const LRU_DEACTIVATE = 3;
export const LRU_LAZYFREE = 4;
export const LRU_ACTIVATE = 5;
export const NR_FBATCHES = 6;

export const cpu_fbatches = struct('cpu_fbatches', { fbatches: NR_FBATCHES * folio_batch.$words });

export function swap_setup(k: Kernel): void {
  const vec = newObject(k, lruvec, 'lruvec');
  for (let lru = 0; lru < NR_LRU_LISTS; lru++) {
    const head = at(vec, lruvec.lists + lru * 2);
    writeWord(k.m.mem, head, head);
    writeWord(k.m.mem, at(head, 1), head);
  }
  k.globals.lruvec = vec;
  for (let cpu = 0; cpu < k.m.cpus; cpu++) {
    const batches = newObject(k, cpu_fbatches, `cpu_fbatches(cpu${cpu})`);
    if (cpu === 0) k.globals.lru_pvecs = batches;
  }
}
