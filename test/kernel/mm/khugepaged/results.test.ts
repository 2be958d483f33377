// SPDX-License-Identifier: GPL-2.0-only
/** Every result code of a collapse: how it comes about, and what MADV_COLLAPSE makes of it. Time budget: 25 s. */
import { describe, expect, test } from 'vitest';
import { peek } from '../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { frameOfSlot, pageOfSlot, slotOf } from '../../../../mmu/phys-mem.ts';
import type { Pfn, Ptr } from '../../../../mmu/types.ts';
import { pte_page } from '../../../../src/kernel/arch/x86/include/asm/pgtable/mk_pte.ts';
import { page_to_pfn } from '../../../../src/kernel/include/linux/mm/page.ts';
import { VM_UFFD_MISSING, VM_UFFD_WP } from '../../../../src/kernel/include/linux/mm/vm_flags.ts';
import { mm_find_pmd } from '../../../../src/kernel/include/linux/mm.ts';
import { mm_struct, page, vm_area_struct } from '../../../../src/kernel/include/linux/mm_types.ts';
import { get_page } from '../../../../src/kernel/include/linux/page_ref.ts';
import { PG_hwpoison, PG_locked, PG_lru, PG_private } from '../../../../src/kernel/include/linux/page-flags.ts';
import { errno_name } from '../../../../src/kernel/include/uapi/asm-generic/errno.ts';
import {
  MADV_COLD,
  MADV_COLLAPSE,
  MADV_HUGEPAGE,
  MADV_NOHUGEPAGE,
  MADV_PAGEOUT,
  PROT_READ,
} from '../../../../src/kernel/include/uapi/asm-generic/mman.ts';
import { dup_mm } from '../../../../src/kernel/kernel/fork/dup_mm.ts';
import { FAIL_MEMCG_CHARGE, FAIL_PAGE_ALLOC, set_fault_times } from '../../../../src/kernel/lib/fault-inject/should_fail.ts';
import { khugepaged_collapse_control, madvise_collapse_control } from '../../../../src/kernel/mm/khugepaged/collapse_control.ts';
import { collapse_file } from '../../../../src/kernel/mm/khugepaged/collapse_file.ts';
import { collapse_pte_mapped_thp } from '../../../../src/kernel/mm/khugepaged/collapse_pte_mapped_thp.ts';
import { hpage_collapse_scan_pmd } from '../../../../src/kernel/mm/khugepaged/hpage_collapse_scan_pmd.ts';
import { hugepage_vma_revalidate } from '../../../../src/kernel/mm/khugepaged/hugepage_vma_revalidate.ts';
import { madvise_collapse_errno } from '../../../../src/kernel/mm/khugepaged/madvise_collapse.ts';
import * as scan from '../../../../src/kernel/mm/khugepaged/scan_result.ts';
import { do_madvise } from '../../../../src/kernel/mm/madvise/do_madvise.ts';
import { do_munmap } from '../../../../src/kernel/mm/mmap/do_munmap.ts';
import { find_vma } from '../../../../src/kernel/mm/mmap/find_vma.ts';
import { do_mprotect } from '../../../../src/kernel/mm/mprotect/do_mprotect.ts';
import { shmem_file_setup } from '../../../../src/kernel/mm/shmem/shmem_file_setup.ts';
import { lru_add_drain_all } from '../../../../src/kernel/mm/swap/lru_add_drain.ts';
import { at } from '../../../../src/kernel/struct.ts';
import { H0, HUGE, type Process, startProcess } from './process.ts';

const cpu0 = (p: Process): Vcpu => p.m.contexts[0]!;
const vmaAt = (p: Process, address: number): Ptr => find_vma(cpu0(p), p.mm, address);
const madvise = (p: Process, address: number, bytes: number, advice: number): number =>
  p.run((c) => do_madvise(c, p.mm, address, bytes, advice));
const error = (n: number): string => (n < 0 ? errno_name(-n) : `${n}`);

/** The page that a pte maps. */
function pageAt(p: Process, address: number): Ptr {
  const c = cpu0(p);
  const pmd = mm_find_pmd(c, p.mm, address);
  const table = pageOfSlot(p.m.mem, slotOf(p.m.mem, page_to_pfn(c, pte_page(c, peek(c, pmd), peek(c, at(pmd, 1))))));
  const frame = frameOfSlot(p.m.mem, slotOf(p.m.mem, page_to_pfn(c, table)));
  const pte = at(frame, ((address >>> 12) & 511) * 2);
  return pte_page(c, peek(c, pte), peek(c, at(pte, 1)));
}

const setFlag = (p: Process, of: Ptr, bit: number, on: boolean): void => {
  const word = at(of, page.flags);
  const old = p.m.mem.words[word]!;
  p.m.mem.words[word] = on ? old | (1 << bit) : old & ~(1 << bit);
};

/** Two extents of anonymous memory, of which the first has a few pages. */
function anonymous(config = {}): Process {
  const p = startProcess(config);
  p.mmap(H0, 2 * HUGE);
  p.fill(H0, 4);
  madvise(p, H0, 2 * HUGE, MADV_HUGEPAGE);
  p.statuses();
  return p;
}

/** One extent of a shmem file that has its first pages. */
function shared(pages = 4, config = {}): Process & { file: Ptr } {
  const p = startProcess(config);
  p.set('shmem_enabled', 'advise');
  const file = p.run((c) => shmem_file_setup(c, HUGE, 0));
  p.mmap(H0, HUGE, file, 0, true);
  p.fill(H0, pages);
  madvise(p, H0, HUGE, MADV_HUGEPAGE);
  // Advice on the file alone does not register the mm: the VMA is not yet what it will be when it is asked.
  p.mmap(H0 + 8 * HUGE, HUGE);
  p.fill(H0 + 8 * HUGE, 1);
  madvise(p, H0 + 8 * HUGE, HUGE, MADV_HUGEPAGE);
  p.run((c) => do_munmap(c, p.mm, H0 + 8 * HUGE, HUGE));
  p.statuses();
  return { ...p, file };
}

const last = (p: Process): string => p.statuses().at(-1)!;
const scanned = (status: string): string => `mm_khugepaged_scan_pmd ${status}`;
const scannedFile = (status: string): string => `mm_khugepaged_scan_file ${status}`;

describe('anonymous memory', () => {
  test.each(['6.1', '6.5', '6.6'] as const)('a few pages become a huge one, in %s', (release) => {
    const p = anonymous({ release });
    expect(error(p.collapse(H0))).toBe('0');
    expect(last(p)).toBe(scanned('succeeded'));
    for (let i = 0; i < 6; i++) expect(p.load(H0 + i * 4096)).toBe(i < 4 ? i + 1 : 0);
    expect(p.collapse(H0)).toBe(0);
    expect(last(p)).toBe(scanned('page_pmd_mapped'));
  });

  test('no table, and no page directory', () => {
    const p = anonymous();
    expect(error(p.collapse(H0 + HUGE))).toBe('EINVAL');
    expect(last(p)).toBe(scanned('pmd_none'));
    p.mmap(0x80000000, HUGE);
    p.fill(0x80000000, 1);
    p.run((c) => do_munmap(c, p.mm, 0x80000000, HUGE));
    p.mmap(0x7fe00000, 2 * HUGE);
    p.fill(0x7fe00000, 1);
    expect(error(p.collapse(0x80000000))).toBe('EINVAL');
    expect(last(p)).toBe(scanned('pmd_null'));
  });

  test('too few pages for khugepaged, and for a user who is asked for missing ones', () => {
    const p = anonymous();
    p.set('khugepaged/max_ptes_none', 507);
    p.khugepaged();
    expect(p.statuses()).toContain(scanned('exceed_none_pte'));
    const flags = at(vmaAt(p, H0), vm_area_struct.vm_flags);
    p.m.mem.words[flags] = p.m.mem.words[flags]! | VM_UFFD_MISSING;
    expect(error(p.collapse(H0))).toBe('EBUSY');
    expect(last(p)).toBe(scanned('exceed_none_pte'));
  });

  test('too many pages in swap for khugepaged, or too few used; MADV_COLLAPSE brings them in', () => {
    const p = anonymous();
    madvise(p, H0, 2 * 4096, MADV_PAGEOUT);
    p.set('khugepaged/max_ptes_swap', 1);
    p.khugepaged();
    expect(p.statuses()).toContain(scanned('exceed_swap_pte'));
    p.set('khugepaged/max_ptes_swap', 2);
    p.khugepaged();
    expect(p.statuses()).toContain(scanned('lack_referenced_page')); // less than 256 in use, if some are in swap
    expect(error(p.collapse(H0))).toBe('0');
    for (let i = 0; i < 4; i++) expect(p.load(H0 + i * 4096)).toBe(i + 1);
  });

  test('too many shared with a child', () => {
    const p = anonymous();
    p.run((c) => dup_mm(c, p.mm));
    p.store(H0 + 3 * 4096, 4); // writable again, and its own
    p.set('khugepaged/max_ptes_shared', 2);
    p.khugepaged();
    expect(p.statuses()).toContain(scanned('exceed_shared_pte'));
    expect(error(p.collapse(H0))).toBe('0');
    for (let i = 0; i < 4; i++) expect(p.load(H0 + i * 4096)).toBe(i + 1);
  });

  test('nothing that may be written, nothing that has been used', () => {
    const p = anonymous();
    madvise(p, H0, 4 * 4096, MADV_COLD);
    p.khugepaged();
    expect(p.statuses()).toContain(scanned('lack_referenced_page'));
    p.run((c) => do_mprotect(c, p.mm, H0, 2 * HUGE, PROT_READ));
    expect(error(p.collapse(H0))).toBe('EINVAL');
    expect(last(p)).toBe(scanned('no_writable_page'));
  });

  test('a page that somebody else has, has locked or has taken off the LRU', () => {
    const p = anonymous();
    p.run((c) => get_page(c, pageAt(p, H0)));
    expect(error(p.collapse(H0))).toBe('EAGAIN');
    expect(last(p)).toBe(scanned('not_suitable_page_count'));
    setFlag(p, pageAt(p, H0), PG_locked, true);
    expect(error(p.collapse(H0))).toBe('EAGAIN');
    expect(last(p)).toBe(scanned('page_locked'));
    setFlag(p, pageAt(p, H0), PG_lru, false);
    expect(error(p.collapse(H0))).toBe('EAGAIN');
    expect(last(p)).toBe(scanned('page_not_in_lru'));
  });

  test('pages of two nodes', () => {
    const p = anonymous();
    const pfns = [0, 1, 2, 3].map((i) => page_to_pfn(cpu0(p), pageAt(p, H0 + i * 4096)));
    p.k.config.farNode = Math.max(...pfns) as Pfn;
    expect(error(p.collapse(H0))).toBe('EINVAL');
    expect(last(p)).toBe(scanned('scan_aborted'));
  });

  test('no huge page, no charge: one is tried again after a sleep, and the pages stay', () => {
    const p = anonymous();
    p.run(function* (c) {
      set_fault_times(c, FAIL_PAGE_ALLOC, -1);
    });
    expect(error(p.collapse(H0))).toBe('ENOMEM');
    expect(p.statuses()).toEqual(['mm_collapse_huge_page alloc_huge_page_failed', scanned('alloc_huge_page_failed')]);
    p.khugepaged();
    p.run(function* (c) {
      set_fault_times(c, FAIL_PAGE_ALLOC, 0);
      set_fault_times(c, FAIL_MEMCG_CHARGE, 1);
    });
    p.statuses();
    expect(error(p.collapse(H0))).toBe('EBUSY');
    expect(last(p)).toBe(scanned('ccgroup_charge_failed'));
    expect(error(p.collapse(H0))).toBe('0');
  });

  test('a poisoned page is left alone, with all others', () => {
    const p = anonymous();
    setFlag(p, pageAt(p, H0 + 4096), PG_hwpoison, true);
    expect(error(p.collapse(H0))).toBe('EINVAL');
    expect(last(p)).toBe(scanned('copy_poisoned_page'));
    for (const i of [0, 2, 3]) expect(p.load(H0 + i * 4096)).toBe(i + 1);
  });

  test('a VMA that is not what it was', () => {
    const p = anonymous();
    const revalidate = (address: number, anon = true): number =>
      p.run((c) => hugepage_vma_revalidate(c, p.mm, address, anon, khugepaged_collapse_control));
    expect(revalidate(0xa0000000)).toBe(scan.SCAN_VMA_NULL);
    expect(revalidate(H0 - HUGE)).toBe(scan.SCAN_ADDRESS_RANGE);
    expect(revalidate(H0)).toBe(scan.SCAN_SUCCEED);
    madvise(p, H0, 2 * HUGE, MADV_NOHUGEPAGE);
    expect(revalidate(H0)).toBe(scan.SCAN_VMA_CHECK);
    p.m.mem.words[at(p.mm, mm_struct.mm_users)] = 0;
    expect(revalidate(H0)).toBe(scan.SCAN_ANY_PROCESS);
  });
});

describe('files', () => {
  test.each(['6.1', '6.5', '6.6'] as const)('a few pages and holes become a huge page, mapped at once, in %s', (release) => {
    const p = shared(4, { release });
    expect(error(p.collapse(H0))).toBe('0');
    expect(last(p)).toBe(scannedFile(release === '6.6' ? 'pte_mapped_hugepage' : 'succeeded'));
    for (let i = 0; i < 6; i++) expect(p.load(H0 + i * 4096)).toBe(i < 4 ? i + 1 : 0);
    expect(error(p.collapse(H0))).toBe('0');
  });

  test.each(['6.1', '6.5', '6.6'] as const)('khugepaged leaves the range unmapped in %s', (release) => {
    const p = shared(4, { release });
    p.khugepaged();
    expect(p.statuses()).toContain(scannedFile('succeeded'));
    expect(peek(cpu0(p), mm_find_pmd(cpu0(p), p.mm, H0))).toBe(0);
    for (let i = 0; i < 6; i++) expect(p.load(H0 + i * 4096)).toBe(i < 4 ? i + 1 : 0);
    expect(peek(cpu0(p), mm_find_pmd(cpu0(p), p.mm, H0)) & 0x80).toBe(0x80);
  });

  test('an empty extent', () => {
    const p = shared(0);
    expect(error(p.collapse(H0))).toBe('EINVAL');
    expect(last(p)).toBe(scannedFile('truncated'));
  });

  test('a page that somebody else has, has locked, has buffers or is not on the LRU', () => {
    const p = shared();
    const first = pageAt(p, H0);
    setFlag(p, first, PG_lru, false);
    expect(error(p.collapse(H0))).toBe('EAGAIN');
    expect(last(p)).toBe(scannedFile('page_not_in_lru'));
    expect(p.run((c) => collapse_file(c, p.mm, H0, p.file, 0, madvise_collapse_control))).toBe(scan.SCAN_DEL_PAGE_LRU);
    setFlag(p, first, PG_lru, true);
    setFlag(p, first, PG_private, true);
    expect(p.run((c) => collapse_file(c, p.mm, H0, p.file, 0, madvise_collapse_control))).toBe(scan.SCAN_PAGE_HAS_PRIVATE);
    setFlag(p, first, PG_private, false);
    setFlag(p, first, PG_locked, true);
    expect(error(p.collapse(H0))).toBe('EAGAIN');
    expect(last(p)).toBe(scannedFile('page_locked'));
    setFlag(p, first, PG_locked, false);
    const count = at(first, page._refcount);
    p.m.mem.words[count] = p.m.mem.words[count]! + 1;
    expect(error(p.collapse(H0))).toBe('EAGAIN');
    expect(last(p)).toBe(scannedFile('not_suitable_page_count'));
    expect(p.run((c) => collapse_file(c, p.mm, H0, p.file, 0, madvise_collapse_control))).toBe(scan.SCAN_PAGE_COUNT);
    p.m.mem.words[count] = p.m.mem.words[count]! - 1;
    expect(error(p.collapse(H0))).toBe('0');
    for (let i = 0; i < 4; i++) expect(p.load(H0 + i * 4096)).toBe(i + 1);
  });

  test('a poisoned page', () => {
    const p = shared();
    setFlag(p, pageAt(p, H0 + 2 * 4096), PG_hwpoison, true);
    expect(error(p.collapse(H0))).toBe('EINVAL');
    expect(last(p)).toBe(scannedFile('copy_poisoned_page'));
    for (const i of [0, 1, 3]) expect(p.load(H0 + i * 4096)).toBe(i + 1);
  });

  test('a user who is asked for missing pages', () => {
    const p = shared();
    const flags = at(vmaAt(p, H0), vm_area_struct.vm_flags);
    p.m.mem.words[flags] = p.m.mem.words[flags]! | VM_UFFD_MISSING;
    expect(error(p.collapse(H0))).toBe('EBUSY');
    expect(last(p)).toBe(scannedFile('exceed_none_pte'));
  });

  test('limits of khugepaged', () => {
    const p = shared();
    p.set('khugepaged/max_ptes_none', 507);
    p.khugepaged();
    expect(p.statuses()).toContain(scannedFile('exceed_none_pte'));
  });

  test('a private copy in a table of the huge page keeps it', () => {
    const p = shared();
    p.mmap(H0 + 2 * HUGE, HUGE, p.file, 0, false);
    p.store(H0 + 2 * HUGE, 77);
    expect(error(p.collapse(H0))).toBe('0');
    expect(error(p.collapse(H0 + 2 * HUGE))).toBe('EINVAL');
    expect(p.load(H0 + 2 * HUGE)).toBe(77);
    expect(p.load(H0)).toBe(1);
    madvise(p, H0 + 2 * HUGE, 4096, MADV_PAGEOUT);
    expect(p.run((c) => collapse_pte_mapped_thp(c, p.mm, H0 + 2 * HUGE, true))).toBe(scan.SCAN_PTE_NON_PRESENT);
  });

  test('no huge page in the file, a page of another size, markers of write protection', () => {
    const p = shared(1);
    p.mmap(
      H0 + HUGE,
      HUGE,
      p.run((c) => shmem_file_setup(c, HUGE, 0)),
      0,
      true,
    );
    p.run((c) => lru_add_drain_all(c));
    const mapped = (address: number): number => p.run((c) => collapse_pte_mapped_thp(c, p.mm, address, true));
    expect(mapped(H0)).toBe(scan.SCAN_FAIL);
    expect(mapped(H0 + HUGE)).toBe(scan.SCAN_PAGE_NULL);
    expect(mapped(H0 + 4 * HUGE)).toBe(scan.SCAN_VMA_CHECK);
    const flags = at(vmaAt(p, H0), vm_area_struct.vm_flags);
    p.m.mem.words[flags] = p.m.mem.words[flags]! | VM_UFFD_WP;
    expect(mapped(H0)).toBe(scan.SCAN_PTE_UFFD_WP);
    expect(p.run((c) => hpage_collapse_scan_pmd(c, p.mm, vmaAt(p, H0), H0, madvise_collapse_control))).toBe(scan.SCAN_PAGE_ANON);
  });
});

test('what a caller is told', () => {
  for (const release of ['6.1', '6.6'] as const) {
    const p = startProcess({ release });
    const told = (code: number): string => error(madvise_collapse_errno(cpu0(p), code));
    for (const [name, code] of Object.entries(scan)) {
      const expected =
        code === scan.SCAN_ALLOC_HUGE_PAGE_FAIL
          ? 'ENOMEM'
          : code === scan.SCAN_CGROUP_CHARGE_FAIL || (code === scan.SCAN_EXCEED_NONE_PTE && release === '6.6')
            ? 'EBUSY'
            : ['SCAN_PAGE_COUNT', 'SCAN_PAGE_LOCK', 'SCAN_PAGE_LRU', 'SCAN_DEL_PAGE_LRU', 'SCAN_PAGE_FILLED'].includes(name)
              ? 'EAGAIN'
              : 'EINVAL';
      expect(told(code), name).toBe(expected);
    }
  }
});

test('MADV_COLLAPSE as a system call', () => {
  const p = anonymous();
  expect(madvise(p, H0, HUGE, MADV_COLLAPSE)).toBe(0);
});
