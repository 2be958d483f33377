// SPDX-License-Identifier: GPL-2.0-only
/**
 * Files of a workload: made, written, punched, cut.
 */

import { do_truncate, vfs_fallocate } from '../kernel/fs/open/vfs_fallocate.ts';
import { vfs_write_words } from '../kernel/fs/read_write/vfs_write.ts';
import { FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE } from '../kernel/include/linux/fs.ts';
import { shmem_file_setup } from '../kernel/mm/shmem/shmem_file_setup.ts';
import { PAGE_SIZE } from './address.ts';
import { fillPattern } from './pattern.ts';
import { VM_NORESERVE } from './syscalls.ts';
import type { OpenFile, World } from './world.ts';

const WORDS = PAGE_SIZE / 4;

/** All file operations are the controller's. */
const CPU = 0;

/** @returns 0 or a negative errno */
export function createFile(w: World, name: string, kind: string, bytes: number): number {
  const file = w.run(CPU, (c) => shmem_file_setup(c, 0, VM_NORESERVE));
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
