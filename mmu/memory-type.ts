// SPDX-License-Identifier: GPL-2.0-only
/**
 * Memory types: a translation carries an index into IA32_PAT, made of three bits of its last entry.
 *
 * Reference: Intel SDM Vol. 3A 4.9.2 (paging and memory typing with PAT), 12.12 (PAT), table 12-12 (IA32_PAT after reset).
 * Not modelled: MTRRs, and any effect of a type: there are no caches, and store buffers treat all memory as write-back.
 */
import { PAT_2M, PAT_4K, PCD, PWT } from './entry.ts';

export { PAT_2M, PAT_4K } from './entry.ts';

/** Index into IA32_PAT: PAT, PCD, PWT. */
export const patIndex = (lo: number, large: boolean): number =>
  ((lo & (PCD | PWT)) >>> 3) | ((lo & (large ? PAT_2M : PAT_4K)) !== 0 ? 4 : 0);

const AFTER_RESET = ['WB', 'WT', 'UC-', 'UC', 'WB', 'WT', 'UC-', 'UC'] as const;

/** The type that IA32_PAT names after reset. */
export const memoryType = (index: number): (typeof AFTER_RESET)[number] => AFTER_RESET[index]!;
