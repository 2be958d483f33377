// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page of zeros that untouched anonymous memory reads. Linux v6.6: include/linux/pgtable.h, is_zero_pfn(), my_zero_pfn(); arch/x86/kernel/head_32.S,
 * empty_zero_page, which lies in the kernel's image.
 */

import type { Vcpu } from '../../../../../cpu/vcpu.ts';
import { KERNEL, setFrame } from '../../../../../mmu/frames.ts';
import { writeWord } from '../../../../../mmu/journal.ts';
import { backFrame, pageOfSlot } from '../../../../../mmu/phys-mem.ts';
import { NULL, type Pfn } from '../../../../../mmu/types.ts';
import type { Kernel } from '../../../kernel.ts';
import { at } from '../../../struct.ts';
import { page } from '../mm_types.ts';
import { PG_reserved } from '../page-flags-bits.ts';

const ZERO_PFN = 0x3ff as Pfn;

export function init_zero_pfn(k: Kernel): void {
  const { mem } = k.m;
  const slot = backFrame(mem, ZERO_PFN);
  setFrame(mem, slot, KERNEL, NULL, 0);
  writeWord(mem, at(pageOfSlot(mem, slot), page.flags), 1 << PG_reserved);
  writeWord(mem, at(pageOfSlot(mem, slot), page._refcount), 1);
  writeWord(mem, at(pageOfSlot(mem, slot), page._mapcount), -1);
}

export const is_zero_pfn = (_c: Vcpu, pfn: number): boolean => pfn === ZERO_PFN;
export const my_zero_pfn = (_c: Vcpu, _addr: number): Pfn => ZERO_PFN;
