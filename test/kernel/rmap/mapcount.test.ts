// SPDX-License-Identifier: GPL-2.0-only
/** Counts of mappings by ptes and pmds, in any order, against a plain model; and what /proc/vmstat says of them. Budget: 2 s. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { poke } from '../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { backFrame, pageOfSlot } from '../../../mmu/phys-mem.ts';
import type { Pfn, Ptr } from '../../../mmu/types.ts';
import { nth_page, prep_compound_page } from '../../../src/kernel/include/linux/mm/page.ts';
import { page, vm_area_struct } from '../../../src/kernel/include/linux/mm_types.ts';
import { folio_mapped, page_mapcount, total_mapcount } from '../../../src/kernel/include/linux/page_ref.ts';
import { SetPageSwapBacked } from '../../../src/kernel/include/linux/page-flags.ts';
import { global_node_page_state, NR_FILE_MAPPED, NR_SHMEM_PMDMAPPED, vmstat_init } from '../../../src/kernel/include/linux/vmstat.ts';
import { newObject } from '../../../src/kernel/kernel.ts';
import { page_add_file_rmap } from '../../../src/kernel/mm/rmap/page_add_file_rmap.ts';
import { page_remove_rmap } from '../../../src/kernel/mm/rmap/page_remove_rmap.ts';
import { at } from '../../../src/kernel/struct.ts';
import { type Bench, bench } from '../support.ts';

const ORDER = 2;
const PAGES = 1 << ORDER;

function* huge_page(c: Vcpu, b: Bench): Code<Ptr> {
  const pages = Array.from({ length: PAGES }, (_, i) => pageOfSlot(b.m.mem, backFrame(b.m.mem, (0x100 + i) as Pfn)));
  for (const p of pages) poke(c, at(p, page._mapcount), -1);
  prep_compound_page(c, pages[0]!, ORDER);
  yield* SetPageSwapBacked(c, pages[0]!);
  return pages[0]!;
}

/** Compares every count with the model: mappings of the whole, and of each page by a pte. */
function* check(c: Vcpu, head: Ptr, whole: number, single: readonly number[]): Code {
  const counts: number[] = [];
  for (let i = 0; i < PAGES; i++) counts.push(yield* page_mapcount(c, nth_page(c, head, i)));
  expect(counts).toEqual(single.map((n) => n + whole));
  expect(yield* total_mapcount(c, head)).toBe(whole + single.reduce((a, n) => a + n, 0));
  expect(yield* folio_mapped(c, head)).toBe(whole > 0 || single.some((n) => n > 0));
  expect(global_node_page_state(c, NR_FILE_MAPPED)).toBe(counts.filter((n) => n > 0).length);
  expect(global_node_page_state(c, NR_SHMEM_PMDMAPPED)).toBe(whole > 0 ? PAGES : 0);
}

test('mappings come and go in any order', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: -1, max: PAGES - 1 })), { maxLength: 40 });
  fc.assert(
    fc.property(steps, (all) => {
      const b = bench({ cpus: 1, setup: ({ k }) => vmstat_init(k) });
      b.m.boot(function* (c) {
        const vma = newObject(b.k, vm_area_struct, 'vma');
        const head = yield* huge_page(c, b);
        const single = new Array<number>(PAGES).fill(0);
        let whole = 0;
        for (const [add, which] of all) {
          const compound = which < 0;
          const target = nth_page(c, head, Math.max(which, 0));
          const mapped = compound ? whole : single[which]!;
          if (!add && mapped === 0) continue;
          if (add) yield* page_add_file_rmap(c, target, vma, compound);
          else yield* page_remove_rmap(c, target, vma, compound);
          if (compound) whole += add ? 1 : -1;
          else single[which]! += add ? 1 : -1;
          yield* check(c, head, whole, single);
        }
      });
    }),
    { seed: 1, numRuns: 150 },
  );
});

test('a mapping too many taken away is found', () => {
  const b = bench({ cpus: 1 });
  expect(() =>
    b.m.boot(function* (c) {
      const vma = newObject(b.k, vm_area_struct, 'vma');
      yield* page_remove_rmap(c, yield* huge_page(c, b), vma, false);
    }),
  ).toThrow('Bad page map');
});
