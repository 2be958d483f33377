// SPDX-License-Identifier: GPL-2.0-only
/**
 * Words of a page from the kernel's side. Linux v6.6: include/linux/highmem.h, zero_user(), memcpy_to_page(), memcpy_from_page().
 * The contents of a user's page are the user's: marked accesses, since programs may race on them.
 */
import { fillRange, load, store } from '../../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../mmu/types.ts';
import { at } from '../../../struct.ts';
import { page_address } from '../mm/page.ts';

/** In bytes, which need not be whole words. */
export function* zero_user(c: Vcpu, page: Ptr, offset: number, length: number): Code {
  const frame = page_address(c, page);
  if (length === 4096) {
    yield* fillRange(c, frame, 0);
    return;
  }
  const end = offset + length;
  for (let w = offset >>> 2; w * 4 < end; w++) {
    let keep = 0;
    for (let b = 0; b < 4; b++) if (w * 4 + b < offset || w * 4 + b >= end) keep |= 0xff << (b * 8);
    yield* store(c, at(frame, w), keep === 0 ? 0 : (yield* load(c, at(frame, w))) & keep);
  }
}

/** @param word number of the first word in the page */
export function* memcpy_to_page(c: Vcpu, page: Ptr, word: number, data: Int32Array, from: number, words: number): Code {
  const frame = page_address(c, page);
  for (let i = 0; i < words; i++) yield* store(c, at(frame, word + i), data[from + i]!);
}

export function* memcpy_from_page(c: Vcpu, data: Int32Array, to: number, page: Ptr, word: number, words: number): Code {
  const frame = page_address(c, page);
  for (let i = 0; i < words; i++) data[to + i] = yield* load(c, at(frame, word + i));
}
