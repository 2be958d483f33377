// SPDX-License-Identifier: GPL-2.0-only
/**
 * Who translates the addresses of a process too, as a hypervisor does, is told before a collapse takes entries away and after; may say that a page
 * is used; and is told of the end. Time budget: 5 s.
 */
import { expect, test } from 'vitest';
import { peek } from '../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { ACCESSED } from '../../../mmu/entry.ts';
import type { Ptr } from '../../../mmu/types.ts';
import { pmd_trans_huge } from '../../../src/kernel/arch/x86/include/asm/pgtable.ts';
import { mm_find_pmd } from '../../../src/kernel/include/linux/mm.ts';
import { MADV_COLLAPSE, MADV_DONTNEED } from '../../../src/kernel/include/uapi/asm-generic/mman.ts';
import { mmput } from '../../../src/kernel/kernel/fork/mmput.ts';
import { newObject } from '../../../src/kernel/kernel.ts';
import { mmu_notifier, mmu_notifier_register, registerNotifierOps } from '../../../src/kernel/mm/mmu_notifier/mmu_notifier.ts';
import { at } from '../../../src/kernel/struct.ts';
import { H0, type Process } from './khugepaged/process.ts';
import { advise, anonymous, pteAt, shared } from './khugepaged/way.ts';

/** What the subscriber was told, with what the pmd of H0 was then. */
const told: string[] = [];
let young = false;

const state = (c: Vcpu, s: Ptr): string => {
  const pmd = peek(c, mm_find_pmd(c, peek(c, at(s, mmu_notifier.mm)) as Ptr, H0));
  return pmd === 0 ? 'none' : pmd_trans_huge(pmd) ? 'huge' : 'table';
};
const hears = (what: string) =>
  function* (c: Vcpu, s: Ptr, start: number, end: number): Code {
    if (end > H0) told.push(`${what} ${(start - H0) / 4096}..${(end - H0) / 4096} ${state(c, s)}`);
  };

const ops = registerNotifierOps({
  invalidate_range_start: hears('start'),
  invalidate_range_end: hears('end'),
  *clear_flush_young() {
    return young;
  },
  *test_young() {
    return young;
  },
  *release() {
    told.push('release');
  },
});

function subscribe(p: Process): void {
  const s = newObject(p.k, mmu_notifier, 'subscriber');
  mmu_notifier_register(p.m.contexts[0]!, s, ops, p.mm);
  told.length = 0;
  young = false;
}

test('a collapse of anonymous memory', () => {
  const p = anonymous();
  subscribe(p);
  expect(advise(p, MADV_COLLAPSE)).toBe('0');
  expect(told).toEqual(['start 0..512 table', 'end 0..512 none']);
  expect(state(p.m.contexts[0]!, p.k.objects.at(-1)!.at)).toBe('huge');
});

test('a collapse of a file: each page that is unmapped, and then the table', () => {
  const p = shared([0, 1]);
  subscribe(p);
  expect(advise(p, MADV_COLLAPSE)).toBe('0');
  expect(told).toEqual([
    'start 0..1 table',
    'end 0..1 table',
    'start 1..2 table',
    'end 1..2 table',
    'start 0..512 table',
    'end 0..512 none',
  ]);
});

test('what a program gives up, and the end of the process', () => {
  const p = anonymous();
  subscribe(p);
  advise(p, MADV_DONTNEED, H0, 8192);
  expect(told).toEqual(['start 0..2 table', 'end 0..2 table']);
  told.length = 0;
  p.run((c) => mmput(c, p.mm));
  expect(told[0]).toBe('release');
});

test('a page that only the subscriber has used counts as used, for khugepaged', () => {
  const scan = (used: boolean): string[] => {
    const p = anonymous();
    for (let i = 0; i < 4; i++) {
      // As if nobody had used them: A is clear.
      p.m.mem.words[pteAt(p, H0 + i * 4096)]! &= ~ACCESSED;
    }
    subscribe(p);
    young = used;
    p.statuses();
    p.khugepaged();
    return p.statuses();
  };
  expect(scan(false)).toContain('mm_khugepaged_scan_pmd lack_referenced_page');
  expect(scan(true)).toContain('mm_khugepaged_scan_pmd succeeded');
});
