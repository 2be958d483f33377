// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page cache of a file: which pages its tree holds, each at its own place and once.
 */
import type { Ptr } from '../../mmu/types.ts';
import { address_space, page as struct_page } from '../kernel/include/linux/mm_types.ts';
import { swp_offset } from '../kernel/include/linux/swapops.ts';
import {
  XA_CHUNK_SIZE,
  xa_is_node,
  xa_is_retry,
  xa_is_sibling,
  xa_is_value,
  xa_node,
  xa_to_node,
  xa_to_value,
} from '../kernel/include/linux/xarray.ts';
import { type Census, countSwap, referencesTo } from './census.ts';

export function countFile(census: Census, mapping: Ptr, name: string): void {
  const pages = countEntry(census, mapping, census.mem.words[mapping + address_space.xa_head]! >>> 0, 0, name);
  const counted = census.mem.words[mapping + address_space.nrpages]!;
  if (counted !== pages) census.findings.push(`${name}: nrpages is ${counted}, and ${pages} pages are in its tree`);
}

/** @returns how many pages are below an entry */
function countEntry(census: Census, mapping: Ptr, entry: number, index: number, name: string): number {
  if (entry === 0 || xa_is_sibling(entry)) return 0;
  if (xa_is_retry(entry)) {
    census.findings.push(`${name}: a retry entry is left at ${index}`);
    return 0;
  }
  if (xa_is_value(entry)) {
    countSwap(census, swp_offset(xa_to_value(entry)));
    return 0;
  }
  if (!xa_is_node(entry)) return countPage(census, mapping, entry as Ptr, index, name);
  const { words } = census.mem;
  const node = xa_to_node(entry);
  let pages = 0;
  let used = 0;
  for (let i = 0; i < XA_CHUNK_SIZE; i++) {
    const slot = words[node + xa_node.slots + i]! >>> 0;
    if (slot === 0) continue;
    used++;
    pages += countEntry(census, mapping, slot, index + i * 2 ** words[node + xa_node.shift]!, name);
  }
  if (used !== words[node + xa_node.count]!)
    census.findings.push(`${name}: a node of its tree counts ${words[node + xa_node.count]} slots, and has ${used}`);
  return pages;
}

function countPage(census: Census, mapping: Ptr, page: Ptr, index: number, name: string): number {
  const { words } = census.mem;
  const nr = 1 << words[page + struct_page.compound_order]!;
  const r = referencesTo(census, page);
  if (r.cached > 0) census.findings.push(`${name}: the page at ${index} is cached in two places`);
  r.cached += nr;
  if (words[page + struct_page.mapping] !== mapping || words[page + struct_page.index] !== index)
    census.findings.push(`${name}: the page at ${index} thinks that it lies elsewhere (index ${words[page + struct_page.index]})`);
  return nr;
}
