// SPDX-License-Identifier: GPL-2.0-only
/**
 * The RAM disk that swap lies on. Linux v6.6: drivers/block/brd.c, brd_insert_page(), copy_to_brd(), copy_from_brd().
 * It takes a page of memory for each block when it is first written, and never gives it back.
 */
import { load, peek, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { __GFP_HIGHMEM, GFP_NOIO } from '../../include/linux/gfp.ts';
import { clear_highpage, copy_highpage } from '../../include/linux/highmem.ts';
import { swap_info, swap_info_struct } from '../../include/linux/swap.ts';
import { ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { alloc_page } from '../../mm/page_alloc/__alloc_pages.ts';
import { at } from '../../struct.ts';

const blockOf = (c: Vcpu, block: number): Ptr => at(peek(c, at(swap_info(c), swap_info_struct.brd_pages)) as Ptr, block);

/** Who writes a block has its slot, so nobody else touches it. @returns 0 or -ENOMEM */
export function* copy_to_brd(c: Vcpu, page: Ptr, block: number): Code<number> {
  const at_block = blockOf(c, block);
  let brd = (yield* load(c, at_block)) as Ptr;
  if (brd === NULL) {
    brd = yield* alloc_page(c, GFP_NOIO | __GFP_HIGHMEM);
    if (brd === NULL) return -ENOMEM;
    yield* store(c, at_block, brd);
  }
  yield* copy_highpage(c, brd, page);
  return 0;
}

export function* copy_from_brd(c: Vcpu, page: Ptr, block: number): Code {
  const brd = (yield* load(c, blockOf(c, block))) as Ptr;
  if (brd === NULL) yield* clear_highpage(c, page);
  else yield* copy_highpage(c, page, brd);
}
