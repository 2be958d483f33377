// SPDX-License-Identifier: GPL-2.0-only
/** The lines of smaps, as the recorded kernel gave them for the same few pages. Time budget: 2 s. */
import { expect, test } from 'vitest';
import { NULL } from '../../../mmu/types.ts';
import { user_load, user_store } from '../../../src/kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { show_smap } from '../../../src/kernel/fs/proc/task_mmu/show_smap.ts';
import { mmap_read_lock, mmap_read_unlock } from '../../../src/kernel/include/linux/mmap_lock.ts';
import * as uapi from '../../../src/kernel/include/uapi/asm-generic/mman.ts';
import { do_madvise } from '../../../src/kernel/mm/madvise/do_madvise.ts';
import { do_mlock } from '../../../src/kernel/mm/mlock/do_mlock.ts';
import { vm_mmap_pgoff } from '../../../src/kernel/mm/mmap/do_mmap.ts';
import { find_vma } from '../../../src/kernel/mm/mmap/find_vma.ts';
import { directMachine } from '../direct-machine.ts';
import { anonymous, fork, H0, newProcess, use } from '../mm/memory/process.ts';

const d = directMachine({ release: '6.1' }, 48);

function smap(mm: number) {
  return d.run(function* (c) {
    yield* mmap_read_lock(c, mm as typeof NULL);
    const lines = yield* show_smap(c, find_vma(c, mm as typeof NULL, H0));
    yield* mmap_read_unlock(c, mm as typeof NULL);
    return lines;
  });
}

test('private memory, shared after a fork', () => {
  const mm = newProcess(d);
  anonymous(d, mm, H0, 64);
  for (let i = 0; i < 32; i++) d.run((c) => user_store(c, mm, H0 + i * 4096, 1));
  expect(smap(mm)).toMatchObject({ Size: 256, Rss: 128, Pss: 128, Private_Dirty: 128, Referenced: 128, Anonymous: 128, AnonHugePages: 0 });
  expect(smap(mm).VmFlags).toBe('rd wr mr mw me ac');
  const child = fork(d, mm);
  expect(smap(mm)).toMatchObject({ Rss: 128, Pss: 64, Shared_Dirty: 128, Private_Dirty: 0 });
  use(d, child);
  for (let i = 0; i < 8; i++) d.run((c) => user_store(c, child, H0 + i * 4096, 2));
  expect(smap(child)).toMatchObject({ Rss: 128, Pss: 80, Shared_Dirty: 96, Private_Dirty: 32 });
});

test('a huge page, locked', () => {
  const mm = newProcess(d);
  anonymous(d, mm, H0, 512);
  d.run((c) => do_madvise(c, mm, H0, 0x200000, uapi.MADV_HUGEPAGE));
  d.run((c) => user_store(c, mm, H0, 1));
  expect(d.run((c) => do_mlock(c, mm, H0, 0x200000, 0))).toBe(0);
  expect(smap(mm)).toMatchObject({ Rss: 2048, AnonHugePages: 2048, Private_Dirty: 2048, Locked: 2048, THPeligible: 1 });
  expect(smap(mm).VmFlags).toBe('rd wr mr mw me lo ac hg');
});

test('shared memory of nobody: the zero page of private memory does not count', () => {
  const mm = newProcess(d);
  const flags = uapi.MAP_SHARED | uapi.MAP_ANONYMOUS | uapi.MAP_FIXED;
  d.run((c) => vm_mmap_pgoff(c, mm, NULL, H0, 64 * 4096, uapi.PROT_READ | uapi.PROT_WRITE, flags, 0));
  for (let i = 0; i < 4; i++) d.run((c) => user_load(c, mm, H0 + i * 4096));
  expect(smap(mm)).toMatchObject({ Rss: 16, Anonymous: 0, ShmemPmdMapped: 0 });
  anonymous(d, mm, H0, 64);
  d.run((c) => user_load(c, mm, H0));
  expect(smap(mm)).toMatchObject({ Rss: 0, Pss: 0 });
});
