// SPDX-License-Identifier: GPL-2.0-only
/** Page faults on a whole machine, fork, and what takes mappings away again. Time budget: 6 s. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Ptr } from '../../../../mmu/types.ts';
import { SIGSEGV } from '../../../../src/kernel/arch/x86/mm/fault/do_user_addr_fault.ts';
import { user_load, user_store } from '../../../../src/kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { MM_ANONPAGES } from '../../../../src/kernel/include/linux/mm_types.ts';
import { MADV_DONTNEED } from '../../../../src/kernel/include/uapi/asm-generic/mman.ts';
import { do_madvise } from '../../../../src/kernel/mm/madvise/do_madvise.ts';
import { directMachine } from '../../direct-machine.ts';
import { anonymous, counter, exit, fork, freePages, H0, newProcess, tableBytes, unmap, use, usePages } from './process.ts';

test('anonymous memory reads zeros, and keeps what is written', () => {
  const d = directMachine({}, 24);
  const mm = newProcess(d);
  anonymous(d, mm, H0 + 0x1000, 16);
  expect(d.run((c) => user_load(c, mm, H0 + 0x2000))).toBe(0);
  expect(counter(d, mm, MM_ANONPAGES)).toBe(0);
  for (let i = 0; i < 16; i++) expect(d.run((c) => user_store(c, mm, H0 + 0x1000 + i * 4096, i + 7))).toBe(0);
  for (let i = 0; i < 16; i++) expect(d.run((c) => user_load(c, mm, H0 + 0x1000 + i * 4096))).toBe(i + 7);
  expect(counter(d, mm, MM_ANONPAGES)).toBe(16);
  expect(d.run((c) => user_store(c, mm, H0, 1))).toBe(SIGSEGV);
});

test('exit gives back every page and table', () => {
  const d = directMachine({}, 24);
  const life = (): number => {
    const mm = newProcess(d);
    anonymous(d, mm, H0, 1024);
    for (let i = 0; i < 1024; i += 3) d.run((c) => user_store(c, mm, H0 + i * 4096, i));
    unmap(d, mm, H0 + 0x10000, 0x10000);
    exit(d, mm);
    return freePages(d);
  };
  const before = life(); // the first one leaves frames in the caches of kernel objects
  expect(life()).toBe(before);
});

test('munmap takes tables away that no other VMA needs', () => {
  const d = directMachine({}, 24);
  const mm = newProcess(d);
  const empty = tableBytes(d, mm);
  anonymous(d, mm, H0, 512);
  anonymous(d, mm, H0 + 0x400000, 512);
  d.run((c) => user_store(c, mm, H0, 1));
  d.run((c) => user_store(c, mm, H0 + 0x400000, 1));
  expect(tableBytes(d, mm)).toBe(empty + 2 * 4096);
  unmap(d, mm, H0, 0x200000);
  expect(tableBytes(d, mm)).toBe(empty + 4096);
  unmap(d, mm, H0 + 0x400000, 0x200000);
  expect(tableBytes(d, mm)).toBe(empty - 4096); // the page directory of that gigabyte goes too
  anonymous(d, mm, H0, 1);
  d.run((c) => user_store(c, mm, H0, 5));
  expect(d.run((c) => user_load(c, mm, H0))).toBe(5);
  expect(tableBytes(d, mm)).toBe(empty + 4096);
});

test('after fork each process has its own contents', () => {
  const d = directMachine({}, 24);
  const parent = newProcess(d);
  anonymous(d, parent, H0, 8);
  for (let i = 0; i < 8; i++) d.run((c) => user_store(c, parent, H0 + i * 4096, 100 + i));
  const child = fork(d, parent);
  d.run((c) => user_store(c, parent, H0, 1));
  use(d, child);
  for (let i = 0; i < 8; i++) expect(d.run((c) => user_load(c, child, H0 + i * 4096))).toBe(100 + i);
  d.run((c) => user_store(c, child, H0 + 4096, 2));
  use(d, parent);
  expect(d.run((c) => user_load(c, parent, H0))).toBe(1);
  expect(d.run((c) => user_load(c, parent, H0 + 4096))).toBe(101);
  use(d, child);
  exit(d, child);
  use(d, parent);
  // The child is gone: the parent's pages are its own again, and are not copied.
  const before = freePages(d);
  for (let i = 1; i < 8; i++) d.run((c) => user_store(c, parent, H0 + i * 4096, i));
  expect(freePages(d)).toBe(before);
});

/** What programs do with 24 pages, the first four of them most, in any order. */
const command = fc.record({
  op: fc.constantFrom('store', 'store', 'store', 'load', 'fork', 'fork', 'exit', 'dontneed', 'unmap'),
  who: fc.nat(3),
  page: fc.oneof(fc.nat(23), fc.nat(3)),
  n: fc.integer({ min: 1, max: 6 }),
});

test('random programs find what a simple memory holds, and give all back', () => {
  fc.assert(
    fc.property(fc.array(command, { minLength: 20, maxLength: 60 }), fc.boolean(), (commands, old) => {
      const d = directMachine({ release: old ? '6.1' : '6.6' }, 24);
      usePages(d);
      const before = freePages(d);
      const first = newProcess(d);
      anonymous(d, first, H0, 24);
      let value = 1;
      const live: { mm: Ptr; model: (number | null)[] }[] = [{ mm: first, model: new Array(24).fill(0) }];
      for (const { op, who, page, n } of commands) {
        const p = live[who % live.length]!;
        const { mm, model } = p;
        const last = Math.min(24, page + n);
        use(d, mm);
        if (op === 'store') {
          expect(d.run((c) => user_store(c, mm, H0 + page * 4096, value))).toBe(model[page] === null ? SIGSEGV : 0);
          if (model[page] !== null) model[page] = value++;
        } else if (op === 'load') expect(d.run((c) => user_load(c, mm, H0 + page * 4096))).toBe(model[page] ?? 0);
        else if (op === 'fork' && live.length < 4) live.push({ mm: fork(d, mm), model: [...model] });
        else if (op === 'exit' && live.length > 1) {
          exit(d, mm);
          live.splice(live.indexOf(p), 1);
        } else if (op === 'dontneed') {
          d.run((c) => do_madvise(c, mm, H0 + page * 4096, (last - page) * 4096, MADV_DONTNEED));
          for (let i = page; i < last; i++) if (model[i] !== null) model[i] = 0;
        } else if (op === 'unmap') {
          unmap(d, mm, H0 + page * 4096, (last - page) * 4096);
          model.fill(null, page, last);
        }
      }
      for (const { mm, model } of live) {
        use(d, mm);
        for (let i = 0; i < 24; i++) if (model[i] !== null) expect(d.run((c) => user_load(c, mm, H0 + i * 4096))).toBe(model[i]);
        exit(d, mm);
      }
      expect(freePages(d)).toBe(before);
    }),
    { seed: 1, numRuns: 10 },
  );
});
