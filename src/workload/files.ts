// SPDX-License-Identifier: GPL-2.0-only
/**
 * Files of a workload: made, written, punched, cut.
 */

import type { Ptr } from '../../mmu/types.ts';
import { dentry_open, fput } from '../kernel/fs/file_table/fput.ts';
import { do_truncate, vfs_fallocate } from '../kernel/fs/open/vfs_fallocate.ts';
import { ramfs_create, ramfs_fill_super } from '../kernel/fs/ramfs/inode/ramfs_get_inode.ts';
import { vfs_write_words } from '../kernel/fs/read_write/vfs_write.ts';
import { FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, FMODE_READ, file_inode } from '../kernel/include/linux/fs.ts';
import { SHMEM_HUGE_ADVISE, SHMEM_HUGE_ALWAYS, SHMEM_HUGE_NEVER, SHMEM_HUGE_WITHIN_SIZE } from '../kernel/include/linux/shmem_fs.ts';
import { shmem_create, shmem_file_setup, shmem_fill_super } from '../kernel/mm/shmem/shmem_file_setup.ts';
import { PAGE_SIZE } from './address.ts';
import { fillPattern } from './pattern.ts';
import { VM_NORESERVE } from './syscalls.ts';
import type { OpenFile, World } from './world.ts';

const WORDS = PAGE_SIZE / 4;

/** All file operations are the controller's. */
const CPU = 0;

/** What the mounts of tmpfs have as their huge= option, by the kind of a file. */
const HUGE: Readonly<Record<string, number>> = {
  never: SHMEM_HUGE_NEVER,
  always: SHMEM_HUGE_ALWAYS,
  within_size: SHMEM_HUGE_WITHIN_SIZE,
  advise: SHMEM_HUGE_ADVISE,
};

/** @returns a struct file, or a negative errno */
function create(w: World, kind: string): Ptr {
  if (kind === 'memfd') return w.run(CPU, (c) => shmem_file_setup(c, 0, VM_NORESERVE));
  const sb = w.run(CPU, (c) => (kind === 'ramfs' ? ramfs_fill_super(c) : shmem_fill_super(c, HUGE[kind]!)));
  return sb < 0 ? sb : w.run(CPU, (c) => (kind === 'ramfs' ? ramfs_create(c, sb) : shmem_create(c, sb)));
}

/** @returns 0 or a negative errno */
export function createFile(w: World, name: string, kind: string, bytes: number): number {
  const file = create(w, kind);
  if (file < 0) return file;
  w.files.set(name, { name, kind, file });
  return w.run(CPU, (c) => do_truncate(c, file, bytes));
}

export function writeFile(w: World, f: OpenFile, page: number, n: number, seed: number): { ret: number; pages: number } {
  const words = new Int32Array(WORDS);
  for (let pages = 0; pages < n; pages++) {
    fillPattern(words, 0, seed, page + pages);
    const ret = w.run(CPU, (c) => vfs_write_words(c, f.file, words, (page + pages) * PAGE_SIZE));
    if (ret < 0) return { ret, pages };
  }
  return { ret: 0, pages: n };
}

export const punch = (w: World, f: OpenFile, page: number, n: number): number =>
  w.run(CPU, (c) => vfs_fallocate(c, f.file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, page * PAGE_SIZE, n * PAGE_SIZE));

export const truncate = (w: World, f: OpenFile, n: number): number => w.run(CPU, (c) => do_truncate(c, f.file, n * PAGE_SIZE));

/** The same file, opened for reading only. @returns a struct file or a negative errno */
export const openForReading = (w: World, f: OpenFile): Ptr => w.run(CPU, (c) => dentry_open(c, file_inode(c, f.file), FMODE_READ));

export const close = (w: World, file: Ptr): void => w.run(CPU, (c) => fput(c, file));
