// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page of a fault in a file that is no shmem file. Linux v6.6: mm/filemap.c, filemap_fault(); fs/libfs.c, simple_read_folio().
 * A page that the cache does not have is read, which on ramfs means zeroed.
 * left out: readahead, dropping of mmap_lock for IO (there is none).
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { file_mapping, i_size_read, mapping_host } from '../../include/linux/fs.ts';
import { __GFP_COMP, GFP_HIGHUSER } from '../../include/linux/gfp.ts';
import { clear_highpage } from '../../include/linux/highmem.ts';
import { compound_nr, nth_page } from '../../include/linux/mm/page.ts';
import { VM_FAULT_LOCKED, VM_FAULT_MAJOR, VM_FAULT_OOM, VM_FAULT_SIGBUS, type vm_fault } from '../../include/linux/mm/vm_fault.ts';
import { address_space, page as struct_page, vm_area_struct } from '../../include/linux/mm_types.ts';
import { PageUptodate, SetPageUptodate } from '../../include/linux/page-flags.ts';
import { folio_attach_private } from '../../include/linux/pagemap.ts';
import { count_vm_event, PGMAJFAULT } from '../../include/linux/vmstat.ts';
import { EEXIST } from '../../include/uapi/asm-generic/errno.ts';
import { down_read, up_read } from '../../kernel/locking/rwsem.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { alloc_pages } from '../page_alloc/__alloc_pages.ts';
import { folio_put } from '../swap/put_page.ts';
import { filemap_add_folio } from './filemap_add_folio.ts';
import { filemap_get_folio, folio_file_page } from './filemap_get_folio.ts';
import { folio_lock, folio_unlock } from './folio_lock.ts';

/** Of folios of a file system that has large ones; readahead makes them in Linux. */
const LARGE_FOLIO_ORDER = 2;

/** __filemap_get_folio() with FGP_CREAT | FGP_LOCK. @returns a locked folio, or NULL without memory */
export function* filemap_grab_folio(c: Vcpu, mapping: Ptr, index: number): Code<Ptr> {
  for (;;) {
    const folio = yield* filemap_get_folio(c, mapping, index);
    if (folio !== NULL) {
      yield* folio_lock(c, folio);
      if (peek(c, at(folio, struct_page.mapping)) === mapping) return folio;
      yield* folio_unlock(c, folio);
      yield* folio_put(c, folio);
      continue;
    }
    const order = kernelOf(c).config.filePages === 'large' ? LARGE_FOLIO_ORDER : 0;
    const fresh = yield* alloc_pages(c, order > 0 ? GFP_HIGHUSER | __GFP_COMP : GFP_HIGHUSER, order);
    if (fresh === NULL) return NULL;
    const error = yield* filemap_add_folio(c, mapping, fresh, index - (index % 2 ** order), GFP_HIGHUSER);
    if (error === 0) return fresh;
    yield* folio_put(c, fresh);
    if (error !== -EEXIST) return NULL;
  }
}

/** Reads zeros. */
function* read_folio(c: Vcpu, folio: Ptr): Code {
  for (let i = 0; i < compound_nr(c, folio); i++) yield* clear_highpage(c, nth_page(c, folio, i));
  yield* SetPageUptodate(c, folio);
  if (kernelOf(c).config.filePages === 'buffers') yield* folio_attach_private(c, folio);
}

const beyond = (index: number, size: number): boolean => index >= Math.ceil(size / 4096);

export function* filemap_fault(c: Vcpu, vmf: vm_fault): Code<number> {
  const mapping = file_mapping(c, peek(c, at(vmf.vma, vm_area_struct.vm_file)) as Ptr);
  const inode = mapping_host(c, mapping);
  const index = vmf.pgoff;
  if (beyond(index, yield* i_size_read(c, inode))) return VM_FAULT_SIGBUS;
  let ret = VM_FAULT_LOCKED;
  let folio = yield* filemap_get_folio(c, mapping, index);
  if (folio === NULL) {
    count_vm_event(c, PGMAJFAULT);
    ret |= VM_FAULT_MAJOR;
  } else {
    yield* folio_lock(c, folio);
    if (peek(c, at(folio, struct_page.mapping)) !== mapping || !(yield* PageUptodate(c, folio))) {
      yield* folio_unlock(c, folio);
      yield* folio_put(c, folio);
      folio = NULL;
    }
  }
  if (folio === NULL) {
    // With the lock nobody truncates between the page's coming and its being read.
    yield* down_read(c, at(mapping, address_space.invalidate_lock));
    folio = yield* filemap_grab_folio(c, mapping, index);
    if (folio !== NULL && !(yield* PageUptodate(c, folio))) {
      yield* read_folio(c, folio);
    }
    yield* up_read(c, at(mapping, address_space.invalidate_lock));
    if (folio === NULL) return VM_FAULT_OOM;
  }
  if (beyond(index, yield* i_size_read(c, inode))) {
    yield* folio_unlock(c, folio);
    yield* folio_put(c, folio);
    return VM_FAULT_SIGBUS;
  }
  vmf.page = folio_file_page(c, folio, index);
  return ret;
}
