// SPDX-License-Identifier: GPL-2.0-only
/**
 * Files of tmpfs, with a name or without. Linux v6.6: mm/shmem.c, shmem_init(), shmem_fill_super(), shmem_get_inode(), shmem_create(),
 * shmem_file_setup(), shmem_zero_setup().
 * left out: limits of a mount, names: a mount is told apart by its huge= option alone.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { writeWord } from '../../../../mmu/journal.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { alloc_file, dentry_open, fput, get_write_access } from '../../fs/file_table/fput.ts';
import { iput, new_inode } from '../../fs/inode/new_inode.ts';
import { FMODE_READ, FMODE_WRITE, i_size_write, shmem_anon_vm_ops, shmem_aops, TMPFS } from '../../include/linux/fs.ts';
import { VM_NORESERVE } from '../../include/linux/mm/vm_flags.ts';
import { inode as struct_inode, super_block, vm_area_struct } from '../../include/linux/mm_types.ts';
import { SHMEM_HUGE_NEVER } from '../../include/linux/shmem_fs.ts';
import { kmem_cache } from '../../include/linux/slab.ts';
import { EINVAL, ENOMEM, IS_ERR } from '../../include/uapi/asm-generic/errno.ts';
import { type Kernel, kernelOf, newObject } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { kmem_cache_alloc } from '../slub/kmem_cache_alloc.ts';

const shmem_sb_cachep = kmem_cache('shmem_sb_info', super_block);

/** The mount that memfd and shared anonymous memory lie in. */
export function shmem_init(k: Kernel): void {
  const sb = newObject(k, super_block, 'shm_mnt');
  writeWord(k.m.mem, at(sb, super_block.s_type), TMPFS);
  writeWord(k.m.mem, at(sb, super_block.huge), SHMEM_HUGE_NEVER);
  k.globals.shm_mnt = sb;
}

/** Mounts a tmpfs. @param huge SHMEM_HUGE_* of its huge= option. @returns its super_block, or -ENOMEM */
export function* shmem_fill_super(c: Vcpu, huge: number): Code<Ptr> {
  const sb = yield* kmem_cache_alloc(c, shmem_sb_cachep);
  if (sb === NULL) return -ENOMEM as Ptr;
  poke(c, at(sb, super_block.s_type), TMPFS);
  poke(c, at(sb, super_block.huge), huge);
  return sb;
}

function* shmem_get_inode(c: Vcpu, sb: Ptr, flags: number, nlink: number): Code<Ptr> {
  const inode = yield* new_inode(c, sb, shmem_aops, nlink);
  if (inode !== NULL) poke(c, at(inode, struct_inode.shmem_flags), flags & VM_NORESERVE);
  return inode;
}

/** A new file with a name, open for reading and writing: its name goes with vfs_unlink(). @returns a struct file or a negative errno */
export function* shmem_create(c: Vcpu, sb: Ptr): Code<Ptr> {
  const inode = yield* shmem_get_inode(c, sb, VM_NORESERVE, 1);
  return inode === NULL ? (-ENOMEM as Ptr) : yield* dentry_open(c, inode, FMODE_READ | FMODE_WRITE);
}

/** A file without a name, open for reading and writing, such as memfd_create() makes. @returns a struct file or a negative errno */
export function* shmem_file_setup(c: Vcpu, size: number, flags: number): Code<Ptr> {
  if (size < 0) return -EINVAL as Ptr;
  const inode = yield* shmem_get_inode(c, kernelOf(c).globals.shm_mnt, flags, 0);
  if (inode === NULL) return -ENOMEM as Ptr;
  yield* i_size_write(c, inode, size);
  yield* get_write_access(c, inode);
  const file = yield* alloc_file(c, inode, FMODE_READ | FMODE_WRITE);
  if (IS_ERR(file)) yield* iput(c, inode);
  return file;
}

/** Gives a VMA that is shared and has no file one. @returns 0 or a negative errno */
export function* shmem_zero_setup(c: Vcpu, vma: Ptr): Code<number> {
  const size = peek(c, at(vma, vm_area_struct.vm_end)) - peek(c, at(vma, vm_area_struct.vm_start));
  const file = yield* shmem_file_setup(c, size, peek(c, at(vma, vm_area_struct.vm_flags)));
  if (IS_ERR(file)) return file;
  const old = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  if (old !== NULL) yield* fput(c, old);
  poke(c, at(vma, vm_area_struct.vm_file), file);
  poke(c, at(vma, vm_area_struct.vm_ops), shmem_anon_vm_ops);
  return 0;
}
