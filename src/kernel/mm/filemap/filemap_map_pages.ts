// SPDX-License-Identifier: GPL-2.0-only
/**
 * Fault-around: what the page cache has around a fault is mapped at once; a huge page by its pmd.
 * Linux v6.6: mm/filemap.c, filemap_map_pages(), filemap_map_pmd(), next_uptodate_folio(), filemap_map_folio_range().
 *
 * The caller is in an RCU section. Nothing here waits: a folio that is locked is passed over.
 * left out: mmap_miss (readahead).
 */
import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_none, pmd_trans_huge, pte_none } from '../../arch/x86/include/asm/pgtable.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { file_mapping, i_size_read, mapping_host } from '../../include/linux/fs.ts';
import { compound_nr, compound_order } from '../../include/linux/mm/page.ts';
import { VM_FAULT_NOPAGE, type vm_fault } from '../../include/linux/mm/vm_fault.ts';
import { page as struct_page, vm_area_struct } from '../../include/linux/mm_types.ts';
import { folio_get, folio_try_get } from '../../include/linux/page_ref.ts';
import { PageHWPoison, PageLocked, PageUptodate } from '../../include/linux/page-flags.ts';
import { XA_STATE, xa_is_value, type xa_state, xas_reload, xas_retry } from '../../include/linux/xarray.ts';
import { since } from '../../kernel.ts';
import { xas_find, xas_next_entry } from '../../lib/xarray/xas_find.ts';
import { at } from '../../struct.ts';
import { do_set_pmd } from '../memory/do_set_pmd.ts';
import { do_set_pte } from '../memory/finish_fault.ts';
import { pmd_install } from '../memory/pte_alloc.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { folio_put } from '../swap/put_page.ts';
import { folio_file_page } from './filemap_get_folio.ts';
import { folio_trylock, folio_unlock } from './folio_lock.ts';

/** The first folio at or behind the cursor that can be mapped, locked and with a reference; or NULL. */
function* next_uptodate_folio(c: Vcpu, xas: xa_state, first: number, mapping: Ptr, end_pgoff: number): Code<Ptr> {
  for (let entry = first; entry !== 0; entry = yield* xas_next_entry(c, xas, end_pgoff)) {
    if (xas_retry(xas, entry) || xa_is_value(entry)) continue;
    const folio = entry as Ptr;
    if (yield* PageLocked(c, folio)) continue;
    if (!(yield* folio_try_get(c, folio))) continue;
    if ((yield* xas_reload(c, xas)) === entry && (yield* PageUptodate(c, folio)) && (yield* folio_trylock(c, folio))) {
      const there = peek(c, at(folio, struct_page.mapping)) === mapping && (yield* PageUptodate(c, folio));
      if (there && xas.xa_index < Math.ceil((yield* i_size_read(c, mapping_host(c, mapping))) / 4096)) return folio;
      yield* folio_unlock(c, folio);
    }
    yield* folio_put(c, folio);
  }
  return NULL;
}

/** @returns whether the folio is dealt with: mapped by the pmd, or there is no page table to map it by */
function* filemap_map_pmd(c: Vcpu, vmf: vm_fault, folio: Ptr): Code<boolean> {
  const lo = yield* load(c, vmf.pmd);
  if (pmd_trans_huge(lo)) {
    yield* folio_unlock(c, folio);
    yield* folio_put(c, folio);
    return true;
  }
  // The reference goes to the mapping.
  if (pmd_none(lo) && compound_order(c, folio) > 0 && (yield* do_set_pmd(c, vmf, folio)) === 0) {
    yield* folio_unlock(c, folio);
    return true;
  }
  if (pmd_none(yield* load(c, vmf.pmd)) && vmf.prealloc_pte !== NULL) {
    const mm = peek(c, at(vmf.vma, vm_area_struct.vm_mm)) as Ptr;
    if (yield* pmd_install(c, mm, vmf.pmd, vmf.prealloc_pte)) vmf.prealloc_pte = NULL;
  }
  return false;
}

export function* filemap_map_pages(c: Vcpu, vmf: vm_fault, start_pgoff: number, end_pgoff: number): Code<number> {
  const { vma } = vmf;
  const mapping = file_mapping(c, peek(c, at(vma, vm_area_struct.vm_file)) as Ptr);
  const xas = XA_STATE(mapping, start_pgoff);
  let folio = yield* next_uptodate_folio(c, xas, yield* xas_find(c, xas, end_pgoff), mapping, end_pgoff);
  if (folio === NULL) return 0;
  if (yield* filemap_map_pmd(c, vmf, folio)) return VM_FAULT_NOPAGE;
  const start = (peek(c, at(vma, vm_area_struct.vm_start)) + ((start_pgoff - peek(c, at(vma, vm_area_struct.vm_pgoff))) << 12)) >>> 0;
  const first = yield* pte_offset_map_lock(c, peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr, vmf.pmd, start);
  if (first === NULL) {
    yield* folio_unlock(c, folio);
    yield* folio_put(c, folio);
    return VM_FAULT_NOPAGE;
  }
  vmf.ptl = c.out as Ptr;
  // Else a large folio that reaches over the end of the file is mapped there too.
  const capped = since(c, '743a2753a02e');
  const end = capped ? Math.min(end_pgoff, Math.ceil((yield* i_size_read(c, mapping_host(c, mapping))) / 4096) - 1) : end_pgoff;
  let ret = 0;
  while (folio !== NULL) {
    ret |= yield* map_folio(c, vmf, xas, folio, first, start, start_pgoff, end);
    folio = yield* next_uptodate_folio(c, xas, yield* xas_next_entry(c, xas, end), mapping, end);
  }
  yield* pte_unmap_unlock(c, vmf.ptl);
  return ret;
}

/** The pages of a folio from the cursor to the end of the range, each with a reference of its own; unlocks the folio. */
function* map_folio(
  c: Vcpu,
  vmf: vm_fault,
  xas: xa_state,
  folio: Ptr,
  first: Ptr,
  start: number,
  start_pgoff: number,
  end: number,
): Code<number> {
  let ret = 0;
  let reference = true; // the one that next_uptodate_folio() took
  // The file may have been cut off meanwhile. 6.1, page by page, maps the first one still; where the pages are one range, their number wraps (until f58df566524e).
  const last = Math.max(xas.xa_index, Math.min(end, (xas.xa_index | (compound_nr(c, folio) - 1)) >>> 0));
  for (let index = xas.xa_index; ; index++) {
    const page = folio_file_page(c, folio, index);
    const addr = (start + ((index - start_pgoff) << 12)) >>> 0;
    vmf.pte = at(first, (index - start_pgoff) * 2);
    const lo = yield* ptep_get(c, vmf.pte);
    if (pte_none(lo, c.hi) && !(yield* PageHWPoison(c, page))) {
      if (!reference) yield* folio_get(c, folio);
      reference = false;
      if (vmf.address === addr) ret = VM_FAULT_NOPAGE;
      yield* do_set_pte(c, vmf, page, addr);
    }
    xas.xa_index = index;
    if (index === last) break;
  }
  yield* folio_unlock(c, folio);
  if (reference) yield* folio_put(c, folio);
  return ret;
}
