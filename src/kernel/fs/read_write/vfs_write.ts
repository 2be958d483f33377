// SPDX-License-Identifier: GPL-2.0-only
/**
 * write() and read() on a file, of whole words. Linux v6.6: fs/read_write.c, vfs_write(), vfs_read(); mm/filemap.c, generic_file_write_iter(),
 * generic_perform_write(), filemap_read(); mm/shmem.c, shmem_write_begin(), shmem_write_end(), shmem_file_read_iter();
 * fs/libfs.c, simple_write_begin(), simple_write_end().
 *
 * The data come from and go to an array of the caller's, which stands for a buffer in user memory that cannot fault.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { FMODE_READ, FMODE_WRITE, file_inode, i_size_read, i_size_write, inode_mapping } from '../../include/linux/fs.ts';
import { memcpy_from_page, memcpy_to_page } from '../../include/linux/highmem/zero_user.ts';
import { compound_nr } from '../../include/linux/mm/page.ts';
import { file as struct_file, inode as struct_inode } from '../../include/linux/mm_types.ts';
import { PageUptodate, SetPageUptodate } from '../../include/linux/page-flags.ts';
import { folio_index } from '../../include/linux/pagemap.ts';
import { SGP_READ, SGP_WRITE, shmem_mapping } from '../../include/linux/shmem_fs.ts';
import { EBADF, EINVAL, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { down_write, up_write } from '../../kernel/locking/rwsem.ts';
import { filemap_grab_folio } from '../../mm/filemap/filemap_fault.ts';
import { filemap_lock_folio, folio_file_page } from '../../mm/filemap/filemap_get_folio.ts';
import { folio_unlock } from '../../mm/filemap/folio_lock.ts';
import { folio_mark_dirty } from '../../mm/page-writeback/folio_mark_dirty.ts';
import { shmem_get_folio } from '../../mm/shmem/shmem_get_folio.ts';
import { folio_mark_accessed } from '../../mm/swap/mark_page_accessed.ts';
import { folio_put } from '../../mm/swap/put_page.ts';
import { folio_zero_range } from '../../mm/truncate/truncate_inode_pages_range.ts';
import { at } from '../../struct.ts';

const hasMode = (c: Vcpu, file: Ptr, mode: number): boolean => (peek(c, at(file, struct_file.f_mode)) & mode) !== 0;

/** @param pos in bytes, at a word. @returns bytes written, or a negative errno if there were none */
export function* vfs_write_words(c: Vcpu, file: Ptr, words: Int32Array, pos: number): Code<number> {
  if (!hasMode(c, file, FMODE_WRITE)) return -EBADF;
  if (pos < 0 || pos % 4 !== 0) return -EINVAL;
  const inode = file_inode(c, file);
  yield* down_write(c, at(inode, struct_inode.i_rwsem));
  let done = 0;
  let error = 0;
  while (done < words.length) {
    const at_pos = pos + done * 4;
    const n = Math.min(words.length - done, (4096 - (at_pos % 4096)) / 4);
    error = yield* write_page(c, inode, at_pos, words, done, n);
    if (error !== 0) break;
    done += n;
  }
  yield* up_write(c, at(inode, struct_inode.i_rwsem));
  return done > 0 || error === 0 ? done * 4 : error;
}

/** Words of one page. */
function* write_page(c: Vcpu, inode: Ptr, pos: number, words: Int32Array, from: number, n: number): Code<number> {
  const index = Math.floor(pos / 4096);
  const got = yield* write_begin(c, inode, index);
  if (got < 0) return got;
  const folio = got as Ptr;
  yield* memcpy_to_page(c, folio_file_page(c, folio, index), (pos % 4096) / 4, words, from, n);
  if (pos + n * 4 > (yield* i_size_read(c, inode))) yield* i_size_write(c, inode, pos + n * 4);
  if (!(yield* PageUptodate(c, folio))) {
    const start = pos - folio_index(c, folio) * 4096;
    const size = compound_nr(c, folio) * 4096;
    yield* folio_zero_range(c, folio, 0, start);
    yield* folio_zero_range(c, folio, start + n * 4, size - start - n * 4);
    yield* SetPageUptodate(c, folio);
  }
  yield* folio_mark_dirty(c, folio);
  yield* folio_unlock(c, folio);
  yield* folio_put(c, folio);
  return 0;
}

/** @returns the folio, locked, or a negative errno */
function* write_begin(c: Vcpu, inode: Ptr, index: number): Code<number> {
  const mapping = inode_mapping(c, inode);
  if (shmem_mapping(c, mapping)) return yield* shmem_get_folio(c, inode, index, SGP_WRITE);
  const folio = yield* filemap_grab_folio(c, mapping, index);
  return folio === NULL ? -ENOMEM : folio;
}

/** Holes read as zeros. @param pos in bytes, at a word. @returns bytes read, short at the end of the file, or a negative errno */
export function* vfs_read_words(c: Vcpu, file: Ptr, words: Int32Array, pos: number): Code<number> {
  if (!hasMode(c, file, FMODE_READ)) return -EBADF;
  if (pos < 0 || pos % 4 !== 0) return -EINVAL;
  const inode = file_inode(c, file);
  const mapping = inode_mapping(c, inode);
  const left = Math.max(0, Math.ceil(((yield* i_size_read(c, inode)) - pos) / 4));
  const count = Math.min(words.length, left);
  for (let done = 0; done < count; ) {
    const at_pos = pos + done * 4;
    const index = Math.floor(at_pos / 4096);
    const n = Math.min(count - done, (4096 - (at_pos % 4096)) / 4);
    const got = shmem_mapping(c, mapping)
      ? yield* shmem_get_folio(c, inode, index, SGP_READ)
      : yield* filemap_lock_folio(c, mapping, index);
    if (got < 0) return done > 0 ? done * 4 : got;
    if (got === NULL) words.fill(0, done, done + n);
    else {
      const folio = got as Ptr;
      yield* folio_unlock(c, folio);
      yield* memcpy_from_page(c, words, done, folio_file_page(c, folio, index), (at_pos % 4096) / 4, n);
      yield* folio_mark_accessed(c, folio);
      yield* folio_put(c, folio);
    }
    done += n;
  }
  return count * 4;
}
