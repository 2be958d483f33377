// SPDX-License-Identifier: GPL-2.0-only
/**
 * ftruncate() and fallocate(). Linux v6.6: fs/open.c, do_sys_ftruncate(), do_truncate(), vfs_fallocate(); mm/shmem.c, shmem_setattr();
 * fs/libfs.c, simple_setattr().
 * left out: seals, limits, modes that no file system here has.
 */
import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import {
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  FMODE_WRITE,
  file_inode,
  i_size_read,
  i_size_write,
  inode_mapping,
} from '../../include/linux/fs.ts';
import { file as struct_file, inode as struct_inode } from '../../include/linux/mm_types.ts';
import { shmem_mapping } from '../../include/linux/shmem_fs.ts';
import { EBADF, EFBIG, EINVAL, EOPNOTSUPP } from '../../include/uapi/asm-generic/errno.ts';
import { down_write, up_write } from '../../kernel/locking/rwsem.ts';
import { unmap_mapping_range } from '../../mm/memory/unmap_mapping_range.ts';
import { shmem_fallocate } from '../../mm/shmem/shmem_fallocate.ts';
import { shmem_truncate_range } from '../../mm/shmem/shmem_undo_range.ts';
import { truncate_setsize } from '../../mm/truncate/truncate_inode_pages_range.ts';
import { at } from '../../struct.ts';

/** Most bytes of a file where page offsets have 32 bits. Linux v6.6: MAX_LFS_FILESIZE. */
const MAX_LFS_FILESIZE = 2 ** 44 - 1;

const writable = (c: Vcpu, file: Ptr): boolean => (peek(c, at(file, struct_file.f_mode)) & FMODE_WRITE) !== 0;

/** ftruncate(). @param length in bytes. @returns 0 or a negative errno */
export function* do_truncate(c: Vcpu, file: Ptr, length: number): Code<number> {
  if (length < 0 || !writable(c, file)) return -EINVAL;
  if (length > MAX_LFS_FILESIZE) return -EFBIG;
  const inode = file_inode(c, file);
  yield* down_write(c, at(inode, struct_inode.i_rwsem));
  if (shmem_mapping(c, inode_mapping(c, inode))) yield* shmem_setattr(c, inode, length);
  else yield* truncate_setsize(c, inode, length);
  yield* up_write(c, at(inode, struct_inode.i_rwsem));
  return 0;
}

function* shmem_setattr(c: Vcpu, inode: Ptr, newsize: number): Code {
  const mapping = inode_mapping(c, inode);
  const oldsize = yield* i_size_read(c, inode);
  if (newsize !== oldsize) yield* i_size_write(c, inode, newsize);
  if (newsize > oldsize) return;
  const holebegin = Math.ceil(newsize / 4096) * 4096;
  if (oldsize > holebegin) yield* unmap_mapping_range(c, mapping, holebegin, 0, true);
  if ((yield* load(c, at(inode, struct_inode.alloced))) !== 0) yield* shmem_truncate_range(c, inode, newsize, Number.POSITIVE_INFINITY);
  // Again, for private pages that were copied between the two.
  if (oldsize > holebegin) yield* unmap_mapping_range(c, mapping, holebegin, 0, true);
}

/** fallocate(). @param mode FALLOC_FL_*. @param offset and len in bytes. @returns 0 or a negative errno */
export function* vfs_fallocate(c: Vcpu, file: Ptr, mode: number, offset: number, len: number): Code<number> {
  if (offset < 0 || len <= 0) return -EINVAL;
  if ((mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)) !== 0) return -EOPNOTSUPP;
  if ((mode & FALLOC_FL_PUNCH_HOLE) !== 0 && (mode & FALLOC_FL_KEEP_SIZE) === 0) return -EOPNOTSUPP;
  if (!writable(c, file)) return -EBADF;
  if (offset + len > MAX_LFS_FILESIZE) return -EFBIG;
  if (!shmem_mapping(c, inode_mapping(c, file_inode(c, file)))) return -EOPNOTSUPP;
  return yield* shmem_fallocate(c, file, mode, offset, len);
}
