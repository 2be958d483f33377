// SPDX-License-Identifier: GPL-2.0-only
/**
 * The collapse of a range of a file that is under way: the variables that collapse_file() has on its stack.
 * Linux v6.6: mm/khugepaged.c, collapse_file().
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_NR, HPAGE_PMD_ORDER } from '../../arch/x86/include/asm/pgtable_types.ts';
import { file_mapping, mapping_host } from '../../include/linux/fs.ts';
import { GFP_KERNEL } from '../../include/linux/gfp.ts';
import { SetPageSwapBacked } from '../../include/linux/page-flags.ts';
import { set_file_mapping } from '../../include/linux/pagemap.ts';
import { shmem_mapping } from '../../include/linux/shmem_fs.ts';
import { XA_STATE_ORDER, type xa_state, xas_error, xas_lock, xas_unlock } from '../../include/linux/xarray.ts';
import { xas_nomem } from '../../lib/xarray/node.ts';
import { xas_create_range } from '../../lib/xarray/xas_create.ts';
import { folio_trylock } from '../filemap/folio_lock.ts';
import type { collapse_control } from './collapse_control.ts';

export interface file_collapse {
  readonly mm: Ptr;
  readonly addr: number;
  readonly file: Ptr;
  readonly mapping: Ptr;
  /** struct inode. */
  readonly host: Ptr;
  readonly is_shmem: boolean;
  /** Page offsets: [start, end). */
  readonly start: number;
  readonly end: number;
  readonly cc: collapse_control;
  readonly xas: xa_state;
  readonly hpage: Ptr;
  /** The small pages, by offset: locked, isolated, and with a reference. */
  readonly pagelist: Ptr[];
  nr_none: number;
}

export function* start_file_collapse(
  c: Vcpu,
  mm: Ptr,
  addr: number,
  file: Ptr,
  start: number,
  cc: collapse_control,
  hpage: Ptr,
): Code<file_collapse> {
  const mapping = file_mapping(c, file);
  const is_shmem = shmem_mapping(c, mapping);
  yield* folio_trylock(c, hpage); // __SetPageLocked(): nobody else knows the page
  if (is_shmem) yield* SetPageSwapBacked(c, hpage);
  set_file_mapping(c, hpage, mapping, start);
  const xas = XA_STATE_ORDER(mapping, start, HPAGE_PMD_ORDER);
  const end = start + HPAGE_PMD_NR;
  return { mm, addr, file, mapping, host: mapping_host(c, mapping), is_shmem, start, end, cc, xas, hpage, pagelist: [], nr_none: 0 };
}

/** Makes room for an entry of every small page. @returns whether there was memory; the xarray is locked then */
export function* create_range(c: Vcpu, xas: xa_state): Code<boolean> {
  for (;;) {
    yield* xas_lock(c, xas);
    yield* xas_create_range(c, xas);
    if (xas_error(xas) === 0) return true;
    yield* xas_unlock(c, xas);
    if (!(yield* xas_nomem(c, xas, GFP_KERNEL))) return false;
  }
}
