// SPDX-License-Identifier: GPL-2.0-only
/** Huge pages of anonymous memory: faults, splits, fork, advice, moves, collapse. Time budget: 8 s. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Ptr } from '../../../../mmu/types.ts';
import { user_load, user_store } from '../../../../src/kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { vmstat_show } from '../../../../src/kernel/include/linux/vmstat.ts';
import { MADV_COLLAPSE, MADV_DONTNEED, MADV_FREE } from '../../../../src/kernel/include/uapi/asm-generic/mman.ts';
import { deferred_split_scan } from '../../../../src/kernel/mm/huge_memory/deferred_split_folio.ts';
import { do_madvise } from '../../../../src/kernel/mm/madvise/do_madvise.ts';
import { type DirectMachine, directMachine } from '../../direct-machine.ts';
import { anonymous, exit, fork, freePages, H0, newProcess, tableBytes, unmap, use } from '../memory/process.ts';

const HUGE = 0x200000;
const stat = (d: DirectMachine, name: string): number => vmstat_show(d.k).get(name)!;

/** A process with one huge page, written to. */
function withHuge(d: DirectMachine): Ptr {
  const mm = newProcess(d);
  anonymous(d, mm, H0, 512);
  d.run((c) => user_store(c, mm, H0 + 5 * 4096, 55));
  return mm;
}

test('a write maps a huge page of zeros, and a table waits behind it', () => {
  const d = directMachine({}, 24);
  const mm = newProcess(d);
  const tables = tableBytes(d, mm);
  anonymous(d, mm, H0, 512);
  d.run((c) => user_store(c, mm, H0 + 5 * 4096, 55));
  expect(stat(d, 'nr_anon_transparent_hugepages')).toBe(1);
  expect(stat(d, 'thp_fault_alloc')).toBe(1);
  expect(tableBytes(d, mm)).toBe(tables + 4096);
  expect(d.run((c) => user_load(c, mm, H0 + 6 * 4096))).toBe(0);
  expect(d.run((c) => user_load(c, mm, H0 + 5 * 4096))).toBe(55);
});

test('a read maps the huge zero page, and a write to it splits the mapping', () => {
  const d = directMachine({}, 24);
  const mm = newProcess(d);
  anonymous(d, mm, H0, 512);
  expect(d.run((c) => user_load(c, mm, H0))).toBe(0);
  expect(stat(d, 'thp_zero_page_alloc')).toBe(1);
  d.run((c) => user_store(c, mm, H0 + 4096, 1));
  expect(stat(d, 'thp_split_pmd')).toBe(1);
  expect(stat(d, 'nr_anon_transparent_hugepages')).toBe(0);
  expect(d.run((c) => user_load(c, mm, H0 + 4096))).toBe(1);
  expect(d.run((c) => user_load(c, mm, H0))).toBe(0);
});

test.each(['6.1', '6.6'] as const)('a part that is unmapped lets the rest be split later (%s)', (release) => {
  const d = directMachine({ release }, 24);
  const mm = withHuge(d);
  const before = freePages(d);
  unmap(d, mm, H0 + 100 * 4096, 50 * 4096);
  expect(stat(d, 'thp_deferred_split_page')).toBe(1);
  expect(freePages(d)).toBe(before);
  expect(d.run((c) => deferred_split_scan(c))).toBe(1);
  expect(stat(d, 'thp_split_page')).toBe(1);
  expect(freePages(d)).toBe(before + 50);
  expect(d.run((c) => user_load(c, mm, H0 + 5 * 4096))).toBe(55);
  exit(d, mm);
  expect(freePages(d)).toBeGreaterThanOrEqual(before + 512);
});

test('fork shares a huge page, and a write to it copies one small page', () => {
  const d = directMachine({}, 24);
  const mm = withHuge(d);
  const child = fork(d, mm);
  d.run((c) => user_store(c, mm, H0 + 5 * 4096, 66));
  use(d, child);
  expect(d.run((c) => user_load(c, child, H0 + 5 * 4096))).toBe(55);
  expect(stat(d, 'thp_split_pmd')).toBe(1);
  exit(d, child);
  use(d, mm);
  expect(d.run((c) => user_load(c, mm, H0 + 5 * 4096))).toBe(66);
});

const PAGES = 1024;
const command = fc.record({
  op: fc.constantFrom('store', 'store', 'store', 'load', 'fork', 'fork', 'exit', 'dontneed', 'free', 'unmap', 'map', 'collapse', 'split'),
  who: fc.nat(2),
  page: fc.oneof(fc.nat(PAGES - 1), fc.constantFrom(0, 1, 2, 512, 513), fc.constantFrom(0, 1, 512)),
  n: fc.oneof(fc.integer({ min: 1, max: 600 }), fc.constantFrom(512, 1024)),
});

interface Life {
  mm: Ptr;
  /** What each page holds; null: not mapped. */
  model: (number | null)[];
}

function step(d: DirectMachine, live: Life[], op: string, p: Life, page: number, last: number, value: number): void {
  const { mm, model } = p;
  const va = H0 + page * 4096;
  const len = (last - page) * 4096;
  if (op === 'store') {
    if (d.run((c) => user_store(c, mm, va, value)) === 0) {
      expect(model[page]).not.toBe(null);
      model[page] = value;
    } else expect(model[page]).toBe(null);
  } else if (op === 'load') expect(d.run((c) => user_load(c, mm, va))).toBe(model[page] ?? 0);
  else if (op === 'fork' && live.length < 3) live.push({ mm: fork(d, mm), model: [...model] });
  else if (op === 'exit' && live.length > 1) {
    exit(d, mm);
    live.splice(live.indexOf(p), 1);
  } else if (op === 'dontneed') {
    d.run((c) => do_madvise(c, mm, va, len, MADV_DONTNEED));
    for (let i = page; i < last; i++) if (model[i] !== null) model[i] = 0;
  } else if (op === 'free')
    d.run((c) => do_madvise(c, mm, va, len, MADV_FREE)); // nothing is reclaimed here, so the contents stay
  else if (op === 'unmap') {
    unmap(d, mm, va, len);
    model.fill(null, page, last);
  } else if (op === 'map') {
    anonymous(d, mm, va, last - page);
    model.fill(0, page, last);
  } else if (op === 'collapse') d.run((c) => do_madvise(c, mm, H0, 2 * HUGE, MADV_COLLAPSE));
  else if (op === 'split') d.run((c) => deferred_split_scan(c));
}

function run(commands: readonly { op: string; who: number; page: number; n: number }[], release: '6.1' | '6.5' | '6.6'): void {
  const d = directMachine({ release }, 64, 64 << 20);
  const birth = (): Life => {
    const mm = newProcess(d);
    anonymous(d, mm, H0, PAGES);
    return { mm, model: new Array(PAGES).fill(0) };
  };
  const live = [birth()];
  let value = 1;
  for (const { op, who, page, n } of commands) {
    const p = live[who % live.length]!;
    use(d, p.mm);
    step(d, live, op, p, page, Math.min(PAGES, page + n), value++);
  }
  for (const { mm, model } of live) {
    use(d, mm);
    for (let i = 0; i < PAGES; i += 1 + (i % 7))
      if (model[i] !== null) expect(d.run((c) => user_load(c, mm, H0 + i * 4096))).toBe(model[i]);
    exit(d, mm);
  }
  for (const name of ['nr_anon_pages', 'nr_anon_transparent_hugepages', 'nr_page_table_pages', 'nr_inactive_anon', 'nr_active_anon'])
    expect([name, stat(d, name)]).toEqual([name, 0]);
}

test('random programs with huge pages find what a simple memory holds, and leave nothing behind', () => {
  fc.assert(
    fc.property(fc.array(command, { minLength: 15, maxLength: 40 }), fc.constantFrom('6.1' as const, '6.5' as const, '6.6' as const), run),
    {
      seed: 1,
      numRuns: 6,
    },
  );
});
