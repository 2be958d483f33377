// SPDX-License-Identifier: GPL-2.0-only
/** LRU lists at boot. Linux v6.6: mm/swap.c, swap_setup(). */
import type { Kernel } from '../../kernel.ts';

export function swap_setup(_k: Kernel): void {}
