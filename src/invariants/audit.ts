// SPDX-License-Identifier: GPL-2.0-only
/**
 * What must be true of memory whenever no operation is under way: counts of references and mappings are right, nothing has two owners, and nothing has
 * been lost. The counts of Linux v6.6: include/linux/mm_types.h, "struct folio"; mm/rmap.c.
 */
import { ANON, FILE, FRAME_KIND_NAMES, kindOfSlot, PTE_TABLE } from '../../mmu/frames.ts';
import { pageOfSlot, pfnOfSlot } from '../../mmu/phys-mem.ts';
import type { Ptr } from '../../mmu/types.ts';
import { page as struct_page } from '../kernel/include/linux/mm_types.ts';
import { COMPOUND_MAPPED } from '../kernel/include/linux/page_ref.ts';
import { PG_swapcache } from '../kernel/include/linux/page-flags-bits.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { countBatches } from './batches.ts';
import { type Census, createCensus, referencesTo } from './census.ts';
import { countFile } from './page-cache.ts';
import { countTables } from './page-tables.ts';
import { countSwapCache } from './swap.ts';

/** Where references come from. */
export interface Roots {
  /** Every mm that lives, and what people call it. */
  mms: readonly { mm: Ptr; name: string }[];
  /** Every file's address_space: of open files and of mapped ones. */
  files: readonly { mapping: Ptr; name: string }[];
  /** Pages to which somebody holds a reference, one for each. */
  held: readonly Ptr[];
}

/** @returns what is wrong, one line each; nothing if all is well */
export function audit(k: Kernel, roots: Roots): string[] {
  const census = createCensus(k.m.mem);
  for (const { mm, name } of roots.mms) countTables(census, mm, name);
  for (const { mapping, name } of roots.files) countFile(census, mapping, name);
  for (const page of roots.held) referencesTo(census, headOf(census, page)).held++;
  countBatches(census, k);
  countSwapCache(census, k);
  const { mem, findings } = census;
  for (let slot = 0; slot < mem.frames; slot++) {
    const page = pageOfSlot(mem, slot);
    const kind = kindOfSlot(mem, slot);
    if (kind === PTE_TABLE && !census.tables.has(page)) findings.push(`${nameOf(census, slot)} is a page table of nobody's`);
    if (kind === ANON || kind === FILE) judge(census, slot, page);
    else if (kind !== PTE_TABLE && (census.pages.get(page)?.ptes ?? 0) > 0)
      findings.push(`${nameOf(census, slot)} is mapped, and is ${FRAME_KIND_NAMES[kind]}`);
  }
  return findings;
}

const nameOf = ({ mem }: Census, slot: number): string => `frame 0x${pfnOfSlot(mem, slot).toString(16)}`;

function headOf({ mem }: Census, page: Ptr): Ptr {
  const head = mem.words[page + struct_page.compound_head]!;
  return ((head & 1) !== 0 ? head - 1 : page) as Ptr;
}

/** The counts of one user page, and if it is a head, of the whole. */
function judge(census: Census, slot: number, page: Ptr): void {
  const { words } = census.mem;
  const { ptes } = referencesTo(census, page);
  expect(census, slot, '_mapcount', words[page + struct_page._mapcount]! + 1, ptes);
  if (headOf(census, page) !== page) return;
  const nr = 1 << words[page + struct_page.compound_order]!;
  let references = 0;
  let mapped = 0;
  for (let i = 0; i < nr; i++) {
    const r = referencesTo(census, (page + i * struct_page.$words) as Ptr);
    references += r.ptes + r.pmds + r.cached + r.batched + r.held;
    if (r.ptes > 0) mapped++;
  }
  const { pmds } = referencesTo(census, page);
  if (nr > 1) {
    expect(census, slot, '_entire_mapcount', words[page + struct_page._entire_mapcount]! + 1, pmds);
    expect(census, slot, '_nr_pages_mapped', words[page + struct_page._nr_pages_mapped]!, mapped + (pmds > 0 ? COMPOUND_MAPPED : 0));
  }
  expect(census, slot, '_refcount', words[page + struct_page._refcount]!, references);
  if (references === 0) census.findings.push(`${nameOf(census, slot)} is lost: in use, and nobody has it`);
}

function expect(census: Census, slot: number, what: string, is: number, should: number): void {
  if (is === should) return;
  const flags = census.mem.words[pageOfSlot(census.mem, slot) + struct_page.flags]!;
  const where = (flags >>> PG_swapcache) & 1 ? ', in the swap cache' : '';
  census.findings.push(
    `${nameOf(census, slot)} (${FRAME_KIND_NAMES[kindOfSlot(census.mem, slot)]}${where}): ${what} is ${is}, and should be ${should}`,
  );
}
