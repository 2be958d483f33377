// SPDX-License-Identifier: GPL-2.0-only
/**
 * MADV_HWPOISON: pages get broken memory. Linux v6.6: mm/madvise.c, madvise_inject_error().
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { compound_head, compound_nr, page_to_pfn } from '../../include/linux/mm/page.ts';
import { get_user_pages_fast } from '../gup/get_user_pages_fast.ts';
import { memory_failure } from '../memory-failure/memory_failure.ts';

/** @returns 0 or a negative errno */
export function* madvise_inject_error(c: Vcpu, mm: Ptr, start: number, end: number): Code<number> {
  let addr = start;
  while (addr < end) {
    const pages: Ptr[] = [];
    const got = yield* get_user_pages_fast(c, mm, addr, 1, 0, pages);
    if (got !== 1) return got;
    const page = pages[0]!;
    const size = compound_nr(c, yield* compound_head(c, page)) * 4096;
    const error = yield* memory_failure(c, page_to_pfn(c, page));
    if (error !== 0) return error;
    addr += size;
  }
  return 0;
}
