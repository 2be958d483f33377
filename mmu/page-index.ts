// SPDX-License-Identifier: GPL-2.0-only
/**
 * Where in the second level the entry of a local page of 4 KiB lies, so that a look-up compares one tag and not those of all ways. By the low bits of
 * their numbers several pages share a place. It knows the entry that came last and how many others are held, which is most often none; where there
 * are some, a look-up compares the ways after all. What a place says holds for one generation of tags: after MOV CR3 all of them are empty.
 *
 *   place  the low 12 bits of the page number
 *   word   bits 31..22 generation, 21..12 pages held besides, 11..0 the entry that came last, or 0
 *
 * Reference: none.
 */
import { find, replaced } from './bank.ts';
import { PAGE_4K } from './linear.ts';
import { LOCAL_STAMP, PAGE_INDEX, SHARED } from './state.ts';

const ENTRY = (1 << 12) - 1;
const ONE_BESIDES = 1 << 12;
const GENERATION_SHIFT = 22;

const placeOf = (tag: number): number => PAGE_INDEX + ((tag >>> 12) & 4095);

/** The entry with this tag, of a local page of the present generation, or -1. */
export function findPage(s: Int32Array, tag: number): number {
  const word = s[placeOf(tag)]!;
  const i = word & ENTRY;
  if (s[i] === tag) return i;
  // An older generation is less; the present one is more if pages are held besides.
  return word >>> 12 > (tag << GENERATION_SHIFT) >>> 12 ? find(s, SHARED, tag >>> 12, tag) : -1;
}

/** The entry of the second level that is replaced now; the page that had it is not held any more. @param page 4 KiB or 2 MiB */
export function vacated(s: Int32Array, page: number): number {
  const i = replaced(s, SHARED, page);
  const old = s[i]!;
  if ((old & ~PAGE_4K) === s[LOCAL_STAMP]) leavePage(s, old, i);
  return i;
}

/** The page, which was not held, has an entry now. @param tag a local one of the present generation */
export function enterPage(s: Int32Array, tag: number, i: number): void {
  const at = placeOf(tag);
  const word = s[at]!;
  const empty = tag << GENERATION_SHIFT;
  if ((word ^ empty) >>> GENERATION_SHIFT !== 0) s[at] = empty | i;
  else s[at] = (word + ((word & ENTRY) === 0 ? i : ONE_BESIDES + i - (word & ENTRY))) | 0;
}

/** The page, which had this entry, is not held any more. @param tag a local one of the present generation */
export function leavePage(s: Int32Array, tag: number, i: number): void {
  const at = placeOf(tag);
  const word = s[at]!;
  s[at] = word - ((word & ENTRY) === i ? i : ONE_BESIDES);
}
