// SPDX-License-Identifier: GPL-2.0-only
/** Reverse mapping finds every place where a page is mapped, whoever shares it and however it came about. Budget: 8 s. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Ptr } from '../../../mmu/types.ts';
import { pte_pfn, pte_present, pte_young } from '../../../src/kernel/arch/x86/include/asm/pgtable.ts';
import { page_address, pfn_to_page } from '../../../src/kernel/include/linux/mm/page.ts';
import { VM_EXEC } from '../../../src/kernel/include/linux/mm/vm_flags.ts';
import { mm_find_pmd, pte_index } from '../../../src/kernel/include/linux/mm.ts';
import { mm_struct, page as struct_page, vm_area_struct } from '../../../src/kernel/include/linux/mm_types.ts';
import { page_mapcount } from '../../../src/kernel/include/linux/page_ref.ts';
import { folio_lock, folio_unlock } from '../../../src/kernel/mm/filemap/folio_lock.ts';
import { page_mapped_in_vma } from '../../../src/kernel/mm/page_vma_mapped/page_vma_mapped_walk.ts';
import { folio_referenced } from '../../../src/kernel/mm/rmap/folio_referenced.ts';
import { try_to_unmap } from '../../../src/kernel/mm/rmap/try_to_unmap.ts';
import { lru_add_drain_all } from '../../../src/kernel/mm/swap/lru_add_drain.ts';
import { add_to_swap } from '../../../src/kernel/mm/swap_state/add_to_swap.ts';
import { at } from '../../../src/kernel/struct.ts';
import { H0 } from '../../../src/workload/address.ts';
import { parseOperation } from '../../../src/workload/parse.ts';
import { Performer } from '../../../src/workload/perform.ts';
import { World, worldMemory } from '../../../src/workload/world.ts';

const PAGES = 32;
/** Room of each process: what it maps lies in H0 to H0 + 4 PAGES. */
const SPAN = 4 * PAGES;

interface Run {
  w: World;
  op(text: string): void;
}

function run(): Run {
  const w = new World({ release: '6.6', cpus: 1, bytes: 2 ** 27 }, worldMemory(new Int32Array(new SharedArrayBuffer(2 ** 25))));
  const performer = new Performer(w);
  const op = (text: string): void => {
    const result = performer.perform(parseOperation(text, 'test'));
    expect(result.err, text).toBeUndefined();
    expect(result.bad ?? 0, text).toBe(0);
  };
  return { w, op };
}

interface Places {
  n: number;
  /** In how many of them it was used since it was mapped: a child's entries begin old. */
  young: number;
}

/** Every page that the processes have mapped, and in how many places. */
function mapped(w: World): Map<Ptr, Places> {
  const c = w.m.contexts[0]!;
  const { words } = w.m.mem;
  const places = new Map<Ptr, Places>();
  for (const { mm, alive } of w.processes.values()) {
    for (let i = 0; alive && i < SPAN; i++) {
      const pmd = mm_find_pmd(c, mm, H0 + i * 4096);
      if (pmd === 0 || words[pmd] === 0) continue;
      const table = page_address(c, pfn_to_page(c, pte_pfn(words[pmd]! >>> 0, words[pmd + 1]! >>> 0)));
      const pte = table + pte_index(H0 + i * 4096);
      if (!pte_present(words[pte]!)) continue;
      const page = pfn_to_page(c, pte_pfn(words[pte]! >>> 0, words[pte + 1]! >>> 0));
      const { n, young } = places.get(page) ?? { n: 0, young: 0 };
      places.set(page, { n: n + 1, young: young + (pte_young(words[pte]!) ? 1 : 0) });
    }
  }
  return places;
}

function vmas(w: World): Ptr[] {
  const { words } = w.m.mem;
  const found: Ptr[] = [];
  for (const { mm, alive } of w.processes.values()) {
    if (!alive) continue;
    for (let vma = words[mm + mm_struct.mmap]!; vma !== 0; vma = words[vma + vm_area_struct.vm_next]!) found.push(vma as Ptr);
  }
  return found;
}

/** Asks of each page, and takes it out of all page tables in the end. */
function checkPages(w: World, places: Map<Ptr, Places>): void {
  const all = vmas(w);
  w.run(0, function* (c) {
    yield* lru_add_drain_all(c);
    for (const [page, { n, young }] of places) {
      expect(yield* page_mapcount(c, page)).toBe(n);
      let found = 0;
      for (const vma of all) {
        const anon = (w.m.mem.words[at(page, struct_page.mapping)]! & 1) !== 0;
        if (anon ? w.m.mem.words[at(vma, vm_area_struct.anon_vma)] === 0 : w.m.mem.words[at(vma, vm_area_struct.vm_file)] === 0) continue;
        if (yield* page_mapped_in_vma(c, page, vma)) found++;
      }
      expect(found).toBe(n);
      yield* folio_lock(c, page);
      const referenced = yield* folio_referenced(c, page);
      expect(referenced).toBe(young);
      expect(c.out & VM_EXEC).toBe(0);
      expect(yield* folio_referenced(c, page)).toBe(0); // the accessed bits are clear now
      if ((w.m.mem.words[at(page, struct_page.mapping)]! & 1) !== 0) expect(yield* add_to_swap(c, page)).toBe(true);
      yield* try_to_unmap(c, page, 0);
      expect(yield* page_mapcount(c, page)).toBe(0);
      yield* folio_unlock(c, page);
    }
  });
  expect(mapped(w).size).toBe(0);
}

const range = fc.tuple(fc.nat({ max: PAGES - 1 }), fc.integer({ min: 1, max: PAGES }), fc.nat({ max: 3 }));

describe('a page of a file', () => {
  test('is found wherever it is mapped', () => {
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 3 }), (ranges) => {
        const { w, op } = run();
        op(`file F0 memfd ${PAGES}`);
        ranges.forEach(([pgoff, n, place], i) => {
          const pages = Math.min(n, PAGES - pgoff);
          const from = place * PAGES;
          op(`spawn P${i} 0`);
          op(`mmap P${i} H0+${from} ${pages} rw shared F0 ${pgoff}`);
          op(`write P${i} H0+${from} ${pages} 1`);
        });
        const places = mapped(w);
        expect(places.size).toBeGreaterThan(0);
        checkPages(w, places);
      }),
      { seed: 1, numRuns: 6 },
    );
  });
});

describe('an anonymous page', () => {
  const step = fc.tuple(
    fc.constantFrom('fork', 'write', 'read', 'exit', 'munmap', 'mremap'),
    fc.nat({ max: 7 }),
    fc.nat({ max: PAGES - 1 }),
  );
  test('is found in every relative that has it', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 8 }), (steps) => {
        const { w, op } = run();
        op('spawn P0 0');
        op(`mmap P0 H0 ${PAGES} rw anon`);
        op(`write P0 H0 ${PAGES} 1`);
        const moved = new Set<string>();
        for (const [what, who, where] of steps) {
          const alive = [...w.processes.values()].filter((p) => p.alive);
          const p = alive[who % alive.length]!.name;
          const n = Math.min(4, PAGES - where);
          if (what === 'fork' && alive.length < 5) {
            const child = `P${w.processes.size}`;
            op(`fork ${p} ${child}`);
            if (moved.has(p)) moved.add(child);
          } else if (what === 'write' && !moved.has(p)) op(`write ${p} H0+${where} ${n} 2`);
          else if (what === 'read' && !moved.has(p)) op(`read ${p} H0+${where} ${n}`);
          else if (what === 'munmap') {
            op(`munmap ${p} H0+${where} ${n}`);
            moved.add(p);
          } else if (what === 'exit' && alive.length > 1) op(`exit ${p}`);
          else if (what === 'mremap' && !moved.has(p)) {
            op(`mremap ${p} H0+${where} ${n} ${n} H0+${2 * PAGES}`);
            moved.add(p);
          }
        }
        checkPages(w, mapped(w));
      }),
      { seed: 1, numRuns: 10 },
    );
  });
});
