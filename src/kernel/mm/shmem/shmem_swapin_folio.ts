// SPDX-License-Identifier: GPL-2.0-only
/**
 * A page of a shmem file comes back from swap. Linux v6.6: mm/shmem.c, shmem_swapin_folio(), shmem_swapin().
 * left out: errors of the device (it has none), zones that a mapping may not use.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { inode_mapping } from '../../include/linux/fs.ts';
import { VM_FAULT_MAJOR, type vm_fault } from '../../include/linux/mm/vm_fault.ts';
import { page } from '../../include/linux/mm_types.ts';
import { PageSwapCache } from '../../include/linux/page-flags.ts';
import { SGP_WRITE } from '../../include/linux/shmem_fs.ts';
import { count_vm_event, PGMAJFAULT } from '../../include/linux/vmstat.ts';
import { xa_mk_value } from '../../include/linux/xarray.ts';
import { EEXIST, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { at } from '../../struct.ts';
import { folio_lock, folio_unlock } from '../filemap/folio_lock.ts';
import { folio_mark_dirty, folio_wait_writeback } from '../page-writeback/folio_mark_dirty.ts';
import { folio_mark_accessed } from '../swap/mark_page_accessed.ts';
import { folio_put } from '../swap/put_page.ts';
import { delete_from_swap_cache } from '../swap_state/add_to_swap.ts';
import { swap_cache_get_folio } from '../swap_state/swap_cache_get_folio.ts';
import { swap_cluster_readahead } from '../swap_state/swapin_readahead.ts';
import { swap_free } from '../swapfile/swap_map.ts';
import { shmem_add_to_page_cache, shmem_confirm_swap } from './shmem_add_to_page_cache.ts';
import { shmem_recalc_inode } from './shmem_charge.ts';

/** @returns the folio, locked, with VM_FAULT_MAJOR in c.out if it was read for a fault; -EEXIST if it is not in swap any more; or -ENOMEM */
export function* shmem_swapin_folio(
  c: Vcpu,
  inode: Ptr,
  index: number,
  swap: number,
  sgp: number,
  gfp: number,
  vmf: vm_fault | null,
): Code<number> {
  const mapping = inode_mapping(c, inode);
  let major = 0;
  let folio = yield* swap_cache_get_folio(c, swap, NULL, 0);
  if (folio === NULL) {
    if (vmf !== null) {
      major = VM_FAULT_MAJOR;
      count_vm_event(c, PGMAJFAULT);
    }
    folio = yield* swap_cluster_readahead(c, swap, gfp);
    if (folio === NULL) return (yield* shmem_confirm_swap(c, mapping, index, swap)) ? -ENOMEM : -EEXIST;
  }
  yield* folio_lock(c, folio);
  const same = (yield* PageSwapCache(c, folio)) && peek(c, at(folio, page.private)) === swap;
  let error = same && (yield* shmem_confirm_swap(c, mapping, index, swap)) ? 0 : -EEXIST;
  if (error === 0) {
    yield* folio_wait_writeback(c, folio);
    error = yield* shmem_add_to_page_cache(c, folio, mapping, index, xa_mk_value(swap), gfp);
  }
  if (error !== 0) {
    if (!(yield* shmem_confirm_swap(c, mapping, index, swap))) error = -EEXIST;
    yield* folio_unlock(c, folio);
    yield* folio_put(c, folio);
    return error;
  }
  yield* shmem_recalc_inode(c, inode, 0, -1);
  if (sgp === SGP_WRITE) yield* folio_mark_accessed(c, folio);
  yield* delete_from_swap_cache(c, folio);
  yield* folio_mark_dirty(c, folio);
  yield* swap_free(c, swap);
  c.out = major;
  return folio;
}
