// SPDX-License-Identifier: GPL-2.0-only
/**
 * Files: the numbers that stand for function tables, and small helpers of inodes. Linux v6.6: include/linux/fs.h, include/uapi/linux/falloc.h.
 */
import { load, peek, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { at } from '../../struct.ts';
import { address_space, file, inode } from './mm_types.ts';

/** Of super_block.s_type. */
export const TMPFS = 1;
export const RAMFS = 2;

/** Of address_space.a_ops. */
export const shmem_aops = 1;
export const ram_aops = 2;
export const swap_aops = 3;

/** Of vm_area_struct.vm_ops; 0 is anonymous memory. */
export const shmem_vm_ops = 1;
export const generic_file_vm_ops = 2;
/** Shared memory that no file names: shmem_zero_setup(). */
export const shmem_anon_vm_ops = 3;

export const S_IFREG = 0o100000;
export const FMODE_READ = 1;
export const FMODE_WRITE = 2;

export const FALLOC_FL_KEEP_SIZE = 1;
export const FALLOC_FL_PUNCH_HOLE = 2;

export const S_ISREG = (c: Vcpu, i: Ptr): boolean => (peek(c, at(i, inode.i_mode)) & 0o170000) === S_IFREG;
export const file_inode = (c: Vcpu, f: Ptr): Ptr => peek(c, at(f, file.f_inode)) as Ptr;
export const file_mapping = (c: Vcpu, f: Ptr): Ptr => peek(c, at(f, file.f_mapping)) as Ptr;
export const mapping_host = (c: Vcpu, mapping: Ptr): Ptr => peek(c, at(mapping, address_space.host)) as Ptr;
export const inode_mapping = (c: Vcpu, i: Ptr): Ptr => peek(c, at(i, inode.i_mapping)) as Ptr;

/** Bytes. Two marked loads: on 32 bits a seqcount makes them one; the low one decides here, since sizes stay below 4 GiB or grow first. */
export function* i_size_read(c: Vcpu, i: Ptr): Code<number> {
  const high = yield* load(c, at(i, inode.i_size + 1));
  return high * 0x100000000 + (yield* load(c, at(i, inode.i_size)));
}

/** With i_rwsem held for writing. */
export function* i_size_write(c: Vcpu, i: Ptr, size: number): Code {
  yield* store(c, at(i, inode.i_size + 1), Math.floor(size / 0x100000000));
  yield* store(c, at(i, inode.i_size), size | 0);
}

export function* inode_is_open_for_write(c: Vcpu, i: Ptr): Code<boolean> {
  return ((yield* load(c, at(i, inode.i_writecount))) | 0) > 0;
}
