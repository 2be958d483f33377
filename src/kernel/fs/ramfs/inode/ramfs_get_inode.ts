// SPDX-License-Identifier: GPL-2.0-only
/**
 * Files of ramfs: pages that nothing takes away. Linux v6.6: fs/ramfs/inode.c, ramfs_fill_super(), ramfs_get_inode(), ramfs_create().
 */
import { poke } from '../../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../../mmu/types.ts';
import { FMODE_READ, FMODE_WRITE, inode_mapping, RAMFS, ram_aops } from '../../../include/linux/fs.ts';
import { super_block } from '../../../include/linux/mm_types.ts';
import { mapping_set_unevictable } from '../../../include/linux/pagemap.ts';
import { kmem_cache } from '../../../include/linux/slab.ts';
import { ENOMEM } from '../../../include/uapi/asm-generic/errno.ts';
import { kmem_cache_alloc } from '../../../mm/slub/kmem_cache_alloc.ts';
import { at } from '../../../struct.ts';
import { dentry_open } from '../../file_table/fput.ts';
import { new_inode } from '../../inode/new_inode.ts';

const ramfs_sb_cachep = kmem_cache('ramfs_fs_info', super_block);

/** Mounts a ramfs. @returns its super_block, or -ENOMEM */
export function* ramfs_fill_super(c: Vcpu): Code<Ptr> {
  const sb = yield* kmem_cache_alloc(c, ramfs_sb_cachep);
  if (sb === NULL) return -ENOMEM as Ptr;
  poke(c, at(sb, super_block.s_type), RAMFS);
  return sb;
}

/** A new file with a name, open for reading and writing. @returns a struct file or a negative errno */
export function* ramfs_create(c: Vcpu, sb: Ptr): Code<Ptr> {
  const inode = yield* new_inode(c, sb, ram_aops, 1);
  if (inode === NULL) return -ENOMEM as Ptr;
  yield* mapping_set_unevictable(c, inode_mapping(c, inode));
  return yield* dentry_open(c, inode, FMODE_READ | FMODE_WRITE);
}
