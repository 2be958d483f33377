// SPDX-License-Identifier: GPL-2.0-only
/**
 * Holes are punched into a shmem file, or pages made in advance. Linux v6.6: mm/shmem.c, shmem_fallocate().
 * left out: shmem_falloc, by which faults wait for a punch and a failed allocation is taken back.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, file_inode, i_size_read, i_size_write, inode_mapping } from '../../include/linux/fs.ts';
import { compound_nr } from '../../include/linux/mm/page.ts';
import { inode as struct_inode } from '../../include/linux/mm_types.ts';
import { folio_index } from '../../include/linux/pagemap.ts';
import { SGP_FALLOC } from '../../include/linux/shmem_fs.ts';
import { down_write, up_write } from '../../kernel/locking/rwsem.ts';
import { at } from '../../struct.ts';
import { folio_unlock } from '../filemap/folio_lock.ts';
import { unmap_mapping_range } from '../memory/unmap_mapping_range.ts';
import { folio_mark_dirty } from '../page-writeback/folio_mark_dirty.ts';
import { folio_put } from '../swap/put_page.ts';
import { shmem_get_folio } from './shmem_get_folio.ts';
import { shmem_truncate_range } from './shmem_undo_range.ts';

/** @param offset and len in bytes. @returns 0 or a negative errno */
export function* shmem_fallocate(c: Vcpu, file: Ptr, mode: number, offset: number, len: number): Code<number> {
  const inode = file_inode(c, file);
  let error = 0;
  yield* down_write(c, at(inode, struct_inode.i_rwsem));
  if ((mode & FALLOC_FL_PUNCH_HOLE) !== 0) {
    const first = Math.ceil(offset / 4096) * 4096;
    const end = Math.floor((offset + len) / 4096) * 4096;
    // Pages copied on write stay: a hole is in the file.
    if (end > first) yield* unmap_mapping_range(c, inode_mapping(c, inode), first, end - first, false);
    yield* shmem_truncate_range(c, inode, offset, offset + len - 1);
  } else {
    error = yield* make_pages(c, inode, Math.floor(offset / 4096), Math.ceil((offset + len) / 4096));
    if (error === 0 && (mode & FALLOC_FL_KEEP_SIZE) === 0 && offset + len > (yield* i_size_read(c, inode)))
      yield* i_size_write(c, inode, offset + len);
  }
  yield* up_write(c, at(inode, struct_inode.i_rwsem));
  return error;
}

function* make_pages(c: Vcpu, inode: Ptr, start: number, end: number): Code<number> {
  for (let index = start; index < end; ) {
    const got = yield* shmem_get_folio(c, inode, index, SGP_FALLOC);
    if (got < 0) return got;
    const folio = got as Ptr;
    index = folio_index(c, folio) + compound_nr(c, folio);
    yield* folio_mark_dirty(c, folio);
    yield* folio_unlock(c, folio);
    yield* folio_put(c, folio);
  }
  return 0;
}
