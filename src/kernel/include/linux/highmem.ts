// SPDX-License-Identifier: GPL-2.0-only
/**
 * Clearing and copying pages. Linux v6.6: include/linux/highmem.h.
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* clear_highpage(c: Vcpu, page: Ptr): Code {
  violate(c, 'check', 'not ported yet: clear_highpage');
}

export function* clear_user_highpage(c: Vcpu, page: Ptr, vaddr: number): Code {
  violate(c, 'check', 'not ported yet: clear_user_highpage');
}

export function* copy_highpage(c: Vcpu, to: Ptr, from: Ptr): Code {
  violate(c, 'check', 'not ported yet: copy_highpage');
}

export function* copy_user_highpage(c: Vcpu, to: Ptr, from: Ptr, vaddr: number, vma: Ptr): Code {
  violate(c, 'check', 'not ported yet: copy_user_highpage');
}

export function* copy_mc_highpage(c: Vcpu, to: Ptr, from: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: copy_mc_highpage');
}

export function* copy_mc_user_highpage(c: Vcpu, to: Ptr, from: Ptr, vaddr: number, vma: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: copy_mc_user_highpage');
}

export function* clear_huge_page(c: Vcpu, page: Ptr, addr_hint: number, pages_per_huge_page: number): Code {
  violate(c, 'check', 'not ported yet: clear_huge_page');
}
