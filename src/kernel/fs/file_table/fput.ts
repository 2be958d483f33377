// SPDX-License-Identifier: GPL-2.0-only
/**
 * Open files. Linux v6.6: fs/file_table.c, alloc_file(), fput(), __fput(); fs/open.c, do_dentry_open(), dentry_open();
 * include/linux/fs.h, get_file(), get_write_access(), put_write_access().
 * left out: who denies writing, which programs do that are being run; freeing after a grace period: every use of a struct file here has a reference.
 */
import { cmpxchg, load, peek, poke, rmw, update } from '../../../../cpu/ops.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { FMODE_WRITE, file_inode, inode_mapping } from '../../include/linux/fs.ts';
import { file as struct_file, inode as struct_inode } from '../../include/linux/mm_types.ts';
import { filemap_nr_thps } from '../../include/linux/pagemap.ts';
import { kmem_cache } from '../../include/linux/slab.ts';
import { ENOMEM, ETXTBSY } from '../../include/uapi/asm-generic/errno.ts';
import { kmem_cache_alloc, kmem_cache_free } from '../../mm/slub/kmem_cache_alloc.ts';
import { truncate_inode_pages_range } from '../../mm/truncate/truncate_inode_pages_range.ts';
import { at } from '../../struct.ts';
import { ihold, iput } from '../inode/new_inode.ts';

const filp_cachep = kmem_cache('filp', struct_file);

/** Takes over the caller's reference to the inode. @returns -ENOMEM without memory */
export function* alloc_file(c: Vcpu, inode: Ptr, f_mode: number): Code<Ptr> {
  const file = yield* kmem_cache_alloc(c, filp_cachep);
  if (file === NULL) return -ENOMEM as Ptr;
  poke(c, at(file, struct_file.f_inode), inode);
  poke(c, at(file, struct_file.f_mapping), inode_mapping(c, inode));
  poke(c, at(file, struct_file.f_mode), f_mode);
  poke(c, at(file, struct_file.f_count), 1);
  return file;
}

/** Opens a file once more. Huge pages of a file that is now written are thrown out (CONFIG_READ_ONLY_THP_FOR_FS). @returns -ETXTBSY or -ENOMEM */
export function* dentry_open(c: Vcpu, inode: Ptr, f_mode: number): Code<Ptr> {
  if ((f_mode & FMODE_WRITE) !== 0 && (yield* get_write_access(c, inode)) !== 0) return -ETXTBSY as Ptr;
  yield* ihold(c, inode);
  const file = yield* alloc_file(c, inode, f_mode);
  const mapping = inode_mapping(c, inode);
  // Pairs with collapse_file(), which counts the huge page before it looks at i_writecount.
  if (file > 0 && (f_mode & FMODE_WRITE) !== 0 && (yield* filemap_nr_thps(c, mapping)) > 0)
    yield* truncate_inode_pages_range(c, mapping, 0, Number.POSITIVE_INFINITY);
  return file;
}

export function* get_file(c: Vcpu, file: Ptr): Code<Ptr> {
  yield* update(c, at(file, struct_file.f_count), ADD, 1);
  return file;
}

export function* fput(c: Vcpu, file: Ptr): Code {
  if ((yield* rmw(c, at(file, struct_file.f_count), ADD, -1)) !== 1) return;
  const inode = file_inode(c, file);
  if ((peek(c, at(file, struct_file.f_mode)) & FMODE_WRITE) !== 0) yield* put_write_access(c, inode);
  yield* kmem_cache_free(c, filp_cachep, file);
  yield* iput(c, inode);
}

/** @returns 0, or -ETXTBSY while it is denied */
export function* get_write_access(c: Vcpu, inode: Ptr): Code<number> {
  const p = at(inode, struct_inode.i_writecount);
  for (let seen = (yield* load(c, p)) | 0; seen >= 0; ) {
    const old = (yield* cmpxchg(c, p, seen, seen + 1)) | 0;
    if (old === seen) return 0;
    seen = old;
  }
  return -ETXTBSY;
}

export function* put_write_access(c: Vcpu, inode: Ptr): Code {
  yield* update(c, at(inode, struct_inode.i_writecount), ADD, -1);
}
