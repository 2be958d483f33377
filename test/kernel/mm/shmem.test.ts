// SPDX-License-Identifier: GPL-2.0-only
/**
 * Files of tmpfs and ramfs against an array of words: written, read, cut, punched, filled with pages. Time budget: 5 s.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Ptr } from '../../../mmu/types.ts';
import { fput } from '../../../src/kernel/fs/file_table/fput.ts';
import { vfs_unlink } from '../../../src/kernel/fs/inode/new_inode.ts';
import { do_truncate, vfs_fallocate } from '../../../src/kernel/fs/open/vfs_fallocate.ts';
import { ramfs_create, ramfs_fill_super } from '../../../src/kernel/fs/ramfs/inode/ramfs_get_inode.ts';
import { vfs_read_words, vfs_write_words } from '../../../src/kernel/fs/read_write/vfs_write.ts';
import { FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, file_inode, file_mapping, i_size_read } from '../../../src/kernel/include/linux/fs.ts';
import { VM_NORESERVE } from '../../../src/kernel/include/linux/mm/vm_flags.ts';
import { address_space, inode } from '../../../src/kernel/include/linux/mm_types.ts';
import { SHMEM_HUGE_ALWAYS } from '../../../src/kernel/include/linux/shmem_fs.ts';
import { vmstat_show } from '../../../src/kernel/include/linux/vmstat.ts';
import { EOPNOTSUPP } from '../../../src/kernel/include/uapi/asm-generic/errno.ts';
import { shmem_create, shmem_file_setup, shmem_fill_super } from '../../../src/kernel/mm/shmem/shmem_file_setup.ts';
import { lru_add_drain_all } from '../../../src/kernel/mm/swap/lru_add_drain.ts';
import { directMachine } from '../direct-machine.ts';

const { m, k, run } = directMachine();
const { words } = m.mem;
/** Pages that the steps are about: with huge pages more than one of them. */
const SPAN = { memfd: 40, ramfs: 40, huge: 530 };

const step = (pages: number) =>
  fc.record({
    op: fc.constantFrom('write' as const, 'write' as const, 'write' as const, 'truncate' as const, 'punch' as const, 'allocate' as const),
    at: fc.nat(pages * 1024 - 1),
    n: fc.integer({ min: 1, max: 5000 }),
  });

const open = {
  memfd: (): Ptr => run((c) => shmem_file_setup(c, 0, VM_NORESERVE)),
  huge: (): Ptr => {
    const sb = run((c) => shmem_fill_super(c, SHMEM_HUGE_ALWAYS));
    return run((c) => shmem_create(c, sb));
  },
  ramfs: (): Ptr => {
    const sb = run((c) => ramfs_fill_super(c));
    return run((c) => ramfs_create(c, sb));
  },
};

function counters(): Record<string, number> {
  run((c) => lru_add_drain_all(c));
  const shown = vmstat_show(k);
  return Object.fromEntries(
    ['nr_file_pages', 'nr_shmem', 'nr_shmem_hugepages', 'nr_mapped', 'nr_inactive_anon', 'nr_active_anon'].map((n) => [n, shown.get(n)!]),
  );
}

function firstDifference(a: Int32Array, b: Int32Array, n: number): number {
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return i;
  return -1;
}

for (const kind of ['memfd', 'ramfs', 'huge'] as const) {
  test(`a file of ${kind} holds what was written to it`, () => {
    const before = counters();
    fc.assert(
      fc.property(fc.array(step(SPAN[kind]), { maxLength: kind === 'huge' ? 6 : 12 }), (steps) => {
        const file = open[kind]();
        expect(file).toBeGreaterThan(0);
        const model = new Int32Array(SPAN[kind] * 1024 + 5000);
        let size = 0;
        let seed = 1;
        for (const { op, at, n } of steps) {
          if (op === 'write') {
            const data = Int32Array.from({ length: n }, () => (seed = (seed * 48271) % 0x7fffffff));
            expect(run((c) => vfs_write_words(c, file, data, at * 4))).toBe(n * 4);
            model.set(data, at);
            size = Math.max(size, at + n);
          } else if (op === 'truncate') {
            expect(run((c) => do_truncate(c, file, at * 4))).toBe(0);
            model.fill(0, at);
            size = at;
          } else if (op === 'punch') {
            const mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
            const ret = run((c) => vfs_fallocate(c, file, mode, at * 4, n * 4));
            expect(ret).toBe(kind === 'ramfs' ? -EOPNOTSUPP : 0);
            if (ret === 0) model.fill(0, at, at + n);
          } else {
            const ret = run((c) => vfs_fallocate(c, file, 0, at * 4, n * 4));
            if (ret === 0) size = Math.max(size, at + n);
          }
          const i = file_inode(m.contexts[0]!, file);
          expect(run((c) => i_size_read(c, i))).toBe(size * 4);
          if (kind !== 'ramfs') expect(words[i + inode.alloced]).toBe(words[file_mapping(m.contexts[0]!, file) + address_space.nrpages]);
        }
        const got = new Int32Array(model.length);
        expect(run((c) => vfs_read_words(c, file, got, 0))).toBe(size * 4);
        expect(firstDifference(got, model, size)).toBe(-1);
        const i = file_inode(m.contexts[0]!, file);
        run((c) => fput(c, file));
        if (kind !== 'memfd') run((c) => vfs_unlink(c, i));
        expect(counters()).toEqual(before);
      }),
      { seed: 1, numRuns: kind === 'huge' ? 10 : 20 },
    );
  }, 60_000);
}
