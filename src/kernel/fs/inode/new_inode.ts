// SPDX-License-Identifier: GPL-2.0-only
/**
 * Inodes come and go. Linux v6.6: fs/inode.c, new_inode(), inode_init_always(), ihold(), iput(), iput_final(), evict(); mm/shmem.c,
 * shmem_evict_inode(); mm/truncate.c, truncate_inode_pages_final(); fs/namei.c, vfs_unlink().
 *
 * An inode and its address_space are one object. What keeps an inode is an open file, or its name.
 * left out: everything that only a directory, a disk or a user would ask for.
 */
import { poke, rmw, update } from '../../../../cpu/ops.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { i_size_write, inode_mapping, S_IFREG } from '../../include/linux/fs.ts';
import { address_space, inode as struct_inode } from '../../include/linux/mm_types.ts';
import { shmem_mapping } from '../../include/linux/shmem_fs.ts';
import { kmem_cache } from '../../include/linux/slab.ts';
import { shmem_truncate_range } from '../../mm/shmem/shmem_undo_range.ts';
import { kmem_cache_alloc, kmem_cache_free } from '../../mm/slub/kmem_cache_alloc.ts';
import { truncate_inode_pages_range } from '../../mm/truncate/truncate_inode_pages_range.ts';
import { at, struct } from '../../struct.ts';

const inode_and_data = struct('inode_and_data', { inode: struct_inode.$words, i_data: address_space.$words });
const inode_cachep = kmem_cache('inode_cache', inode_and_data);

/**
 * A regular file with one reference.
 * @param nlink how many names it has: a memfd has none
 * @returns NULL without memory
 */
export function* new_inode(c: Vcpu, sb: Ptr, a_ops: number, nlink: number): Code<Ptr> {
  const inode = yield* kmem_cache_alloc(c, inode_cachep);
  if (inode === NULL) return NULL;
  const mapping = at(inode, inode_and_data.i_data);
  poke(c, at(inode, struct_inode.i_mode), S_IFREG);
  poke(c, at(inode, struct_inode.i_sb), sb);
  poke(c, at(inode, struct_inode.i_mapping), mapping);
  poke(c, at(inode, struct_inode.i_count), 1);
  poke(c, at(inode, struct_inode.i_nlink), nlink);
  poke(c, at(mapping, address_space.host), inode);
  poke(c, at(mapping, address_space.a_ops), a_ops);
  return inode;
}

export function* ihold(c: Vcpu, inode: Ptr): Code {
  yield* update(c, at(inode, struct_inode.i_count), ADD, 1);
}

/** The name of a file counts as a reference here: vfs_unlink() takes it. */
export function* iput(c: Vcpu, inode: Ptr): Code {
  if ((yield* rmw(c, at(inode, struct_inode.i_count), ADD, -1)) === 1) yield* evict(c, inode);
}

export function* vfs_unlink(c: Vcpu, inode: Ptr): Code {
  poke(c, at(inode, struct_inode.i_nlink), 0);
  yield* iput(c, inode);
}

/** Nobody has it open and no VMA maps it. */
function* evict(c: Vcpu, inode: Ptr): Code {
  const mapping = inode_mapping(c, inode);
  if (shmem_mapping(c, mapping)) {
    yield* i_size_write(c, inode, 0);
    yield* shmem_truncate_range(c, inode, 0, Number.POSITIVE_INFINITY);
  } else yield* truncate_inode_pages_range(c, mapping, 0, Number.POSITIVE_INFINITY);
  yield* kmem_cache_free(c, inode_cachep, inode);
}
