// SPDX-License-Identifier: GPL-2.0-only
/** khugepaged's rounds: who is looked at, how much at a time, and for how long it sleeps. Time budget: 15 s. */
import { expect, test } from 'vitest';
import { peek } from '../../../../cpu/ops.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mm_find_pmd } from '../../../../src/kernel/include/linux/mm.ts';
import { mmap_read_lock, mmap_read_unlock } from '../../../../src/kernel/include/linux/mmap_lock.ts';
import { MADV_HUGEPAGE } from '../../../../src/kernel/include/uapi/asm-generic/mman.ts';
import { dup_mm } from '../../../../src/kernel/kernel/fork/dup_mm.ts';
import { mmput } from '../../../../src/kernel/kernel/fork/mmput.ts';
import { HZ, INITIAL_JIFFIES, jiffies } from '../../../../src/kernel/kernel/time/jiffies.ts';
import { FAIL_PAGE_ALLOC, set_fault_times } from '../../../../src/kernel/lib/fault-inject/should_fail.ts';
import { thp_sysfs_show } from '../../../../src/kernel/mm/huge_memory/sysfs.ts';
import { khugepaged_collapse_control } from '../../../../src/kernel/mm/khugepaged/collapse_control.ts';
import { collapse_file } from '../../../../src/kernel/mm/khugepaged/collapse_file.ts';
import { mm_slot_lookup } from '../../../../src/kernel/mm/khugepaged/khugepaged_scan.ts';
import { khugepaged_wait_work } from '../../../../src/kernel/mm/khugepaged/khugepaged_wait.ts';
import { SCAN_PTE_MAPPED_HUGEPAGE, SCAN_SUCCEED } from '../../../../src/kernel/mm/khugepaged/scan_result.ts';
import { do_madvise } from '../../../../src/kernel/mm/madvise/do_madvise.ts';
import { shmem_file_setup } from '../../../../src/kernel/mm/shmem/shmem_file_setup.ts';
import { lru_add_drain_all } from '../../../../src/kernel/mm/swap/lru_add_drain.ts';
import { H0, HUGE, type Process, startProcess } from './process.ts';

const show = (p: Process, name: string): number => Number(thp_sysfs_show(p.m.contexts[0]!, `khugepaged/${name}`));
const now = (p: Process): number => (p.run((c) => jiffies(c)) - INITIAL_JIFFIES) / HZ;
const registered = (p: Process, mm: Ptr): boolean => mm_slot_lookup(p.m.contexts[0]!, mm) !== NULL;
const advise = (p: Process, mm: Ptr, address: number, bytes: number): number =>
  p.run((c) => do_madvise(c, mm, address, bytes, MADV_HUGEPAGE));

/** n extents with one page each. */
function extents(n: number): Process {
  const p = startProcess();
  p.mmap(H0, n * HUGE);
  for (let i = 0; i < n; i++) p.fill(H0 + i * HUGE, 1);
  advise(p, p.mm, H0, n * HUGE);
  return p;
}

test('16 MiB in 10 s', () => {
  const p = extents(10);
  p.set('khugepaged/pages_to_scan', 4096);
  p.khugepaged();
  expect(show(p, 'pages_collapsed')).toBe(8);
  p.run((c) => khugepaged_wait_work(c));
  expect(now(p)).toBe(10);
  p.khugepaged();
  expect(show(p, 'pages_collapsed')).toBe(10);
  expect(show(p, 'full_scans')).toBe(1);
});

test('no huge page: a minute of sleep, one more try, and the round is over', () => {
  const p = extents(2);
  p.run(function* (c) {
    set_fault_times(c, FAIL_PAGE_ALLOC, -1);
  });
  p.statuses();
  p.khugepaged();
  expect(now(p)).toBe(60);
  expect(p.statuses().filter((s) => s.startsWith('mm_khugepaged_scan_pmd'))).toEqual(
    Array(2).fill('mm_khugepaged_scan_pmd alloc_huge_page_failed'),
  );
});

test('no sleep where the setting says 0, or where there is nothing to look at', () => {
  const p = extents(1);
  p.set('khugepaged/scan_sleep_millisecs', 0);
  p.run((c) => khugepaged_wait_work(c));
  p.set('khugepaged/scan_sleep_millisecs', 3);
  p.set('enabled', 'never');
  p.run((c) => khugepaged_wait_work(c));
  expect(now(p)).toBe(0);
  p.set('enabled', 'madvise');
  p.run((c) => khugepaged_wait_work(c));
  expect(now(p)).toBe(1 / HZ);
});

test('enabled=never ends the thread: the next one begins with the first mm again, and a slot that was left to it is gone', () => {
  const p = extents(4);
  p.set('khugepaged/pages_to_scan', 1024);
  p.khugepaged();
  expect(show(p, 'pages_collapsed')).toBe(2);
  p.set('enabled', 'never');
  p.khugepaged();
  p.set('enabled', 'madvise');
  p.khugepaged();
  expect(show(p, 'pages_collapsed')).toBe(2);
  p.khugepaged();
  expect(show(p, 'pages_collapsed')).toBe(4);
  p.khugepaged(); // the end of this scan
  p.khugepaged(); // and half of the next one
  p.run((c) => mmput(c, p.mm));
  expect(registered(p, p.mm)).toBe(true); // the cursor is there
  p.set('enabled', 'never');
  expect(registered(p, p.mm)).toBe(false);
});

test('an mm is there from its first advice to its end, and its children from the start', () => {
  const p = startProcess();
  p.mmap(H0, 2 * HUGE);
  expect(registered(p, p.mm)).toBe(false);
  p.fill(H0, 1);
  advise(p, p.mm, H0, HUGE);
  expect(registered(p, p.mm)).toBe(true);
  const child = p.run((c) => dup_mm(c, p.mm));
  expect(registered(p, child)).toBe(true);
  p.khugepaged();
  expect(show(p, 'full_scans')).toBe(1);
  p.run((c) => mmput(c, child));
  expect(registered(p, child)).toBe(false);
  expect(registered(p, p.mm)).toBe(true);
  p.khugepaged();
  expect(show(p, 'full_scans')).toBe(2);
});

test.each(['6.1', '6.5', '6.6'] as const)('a table of an mm whose mmap_lock is held goes at once, or the next time: %s', (release) => {
  const p = startProcess({ release });
  p.set('shmem_enabled', 'advise');
  const file = p.run((c) => shmem_file_setup(c, HUGE, 0));
  p.mmap(H0, HUGE, file, 0, true);
  p.fill(H0, 2);
  p.mmap(H0 + 8 * HUGE, HUGE);
  p.fill(H0 + 8 * HUGE, 1);
  advise(p, p.mm, H0, 9 * HUGE);
  advise(p, p.mm, H0 + 8 * HUGE, HUGE);
  const pmd = mm_find_pmd(p.m.contexts[0]!, p.mm, H0);
  const result = p.run(function* (c) {
    yield* lru_add_drain_all(c);
    yield* mmap_read_lock(c, p.mm);
    const collapsed = yield* collapse_file(c, p.mm, H0, file, 0, khugepaged_collapse_control);
    yield* mmap_read_unlock(c, p.mm);
    return collapsed;
  });
  if (release === '6.6') {
    expect(result).toBe(SCAN_SUCCEED);
    expect(peek(p.m.contexts[0]!, pmd)).toBe(0);
  } else {
    expect(result).toBe(SCAN_PTE_MAPPED_HUGEPAGE);
    expect(peek(p.m.contexts[0]!, pmd)).not.toBe(0);
    p.khugepaged(); // finds the huge page with the table, and remembers it
    expect(show(p, 'pages_collapsed')).toBeGreaterThan(0);
    p.khugepaged(); // takes it
    expect(peek(p.m.contexts[0]!, pmd)).toBe(0);
  }
  for (let i = 0; i < 4; i++) expect(p.load(H0 + i * 4096)).toBe(i < 2 ? i + 1 : 0);
});
