// SPDX-License-Identifier: GPL-2.0-only
/** Zones at boot. Linux v6.6: mm/mm_init.c, mem_init(). */
import type { Kernel } from '../../kernel.ts';

/** RAM of a machine. */
export interface MemoryMap {
  bytes: number;
  /** How much of it is lowmem, in bytes; absent: as much as there is, up to 896 MiB. */
  lowmem?: number;
}

export function mem_init(_k: Kernel, _memory: MemoryMap): void {}
