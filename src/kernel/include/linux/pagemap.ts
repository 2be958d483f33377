// SPDX-License-Identifier: GPL-2.0-only
/**
 * Page offsets, and flags and counts of an address_space. Linux v6.6: include/linux/pagemap.h.
 */
import { load, peek, poke, store, update } from '../../../../cpu/ops.ts';
import { ADD, OR } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { FILE, setFrame } from '../../../../mmu/frames.ts';
import { slotOfPageWord } from '../../../../mmu/phys-mem.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { PAGE_SHIFT } from '../../arch/x86/include/asm/pgtable_types.ts';
import { at } from '../../struct.ts';
import { compound_order } from './mm/page.ts';
import { address_space, page, vm_area_struct } from './mm_types.ts';
import { get_page, page_ref_sub } from './page_ref.ts';
import { ClearPagePrivate, SetPagePrivate } from './page-flags.ts';

/** Bits of address_space.flags. */
export const AS_EIO = 0;
export const AS_ENOSPC = 1;
export const AS_UNEVICTABLE = 3;
export const AS_LARGE_FOLIO_SUPPORT = 6;

export const folio_index = (c: Vcpu, folio: Ptr): number => peek(c, at(folio, page.index));

/** Page offset in the file of an address of the VMA. */
export const linear_page_index = (c: Vcpu, vma: Ptr, address: number): number =>
  (((address - peek(c, at(vma, vm_area_struct.vm_start))) >>> 12) + peek(c, at(vma, vm_area_struct.vm_pgoff))) >>> 0;

/** Buffers, or whatever else a file system hangs on a folio. They are a user of it. */
export function* folio_attach_private(c: Vcpu, folio: Ptr): Code {
  yield* get_page(c, folio);
  yield* SetPagePrivate(c, folio);
}

/** The caller's own reference is not the last. */
export function* folio_detach_private(c: Vcpu, folio: Ptr): Code {
  yield* ClearPagePrivate(c, folio);
  yield* page_ref_sub(c, folio, 1);
}

/** How many pages a folio has. */
export const folio_nr_pages = (c: Vcpu, folio: Ptr): number => 1 << compound_order(c, folio);

/** Huge pages of a file that is none of shmem's. CONFIG_READ_ONLY_THP_FOR_FS. */
/** Of a folio that nobody else sees yet and that enters the page cache. For reports its frames are the file's from now on. */
export function set_file_mapping(c: Vcpu, folio: Ptr, mapping: Ptr, index: number): void {
  const { mem } = c.m;
  const first = slotOfPageWord(mem, folio);
  for (let i = 0; i < folio_nr_pages(c, folio); i++) setFrame(mem, first + i, FILE, mapping, (index + i) << PAGE_SHIFT);
  poke(c, at(folio, page.mapping), mapping);
  poke(c, at(folio, page.index), index);
}

export function* filemap_nr_thps(c: Vcpu, mapping: Ptr): Code<number> {
  return yield* load(c, at(mapping, address_space.nr_thps));
}

export function* filemap_nr_thps_inc(c: Vcpu, mapping: Ptr): Code {
  yield* update(c, at(mapping, address_space.nr_thps), ADD, 1);
}

export function* filemap_nr_thps_dec(c: Vcpu, mapping: Ptr): Code {
  yield* update(c, at(mapping, address_space.nr_thps), ADD, -1);
}

export function* mapping_unevictable(c: Vcpu, mapping: Ptr): Code<boolean> {
  return (((yield* load(c, at(mapping, address_space.flags))) >>> AS_UNEVICTABLE) & 1) !== 0;
}

export function* mapping_set_unevictable(c: Vcpu, mapping: Ptr): Code {
  yield* update(c, at(mapping, address_space.flags), OR, 1 << AS_UNEVICTABLE);
}

/** With the xa_lock held. Plain in Linux; marked here, since shmem_recalc_inode() looks at it without the lock. */
export function* mapping_add_nrpages(c: Vcpu, mapping: Ptr, nr: number): Code {
  const p = at(mapping, address_space.nrpages);
  yield* store(c, p, peek(c, p) + nr);
}
