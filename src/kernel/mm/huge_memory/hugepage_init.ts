// SPDX-License-Identifier: GPL-2.0-only
/**
 * What huge pages need at boot. Linux v6.6: mm/huge_memory.c, hugepage_init().
 */
import type { Kernel } from '../../kernel.ts';
import { deferred_split_init } from './deferred_split_folio.ts';
import { huge_zero_init } from './huge_zero_page.ts';

export function hugepage_init(k: Kernel): void {
  huge_zero_init(k);
  deferred_split_init(k);
}
