// SPDX-License-Identifier: GPL-2.0-only
/** Huge pages that some map whole and some in parts: unmapped everywhere, split, and back again. Budget: 5 s. */
import { expect, test } from 'vitest';
import type { Pfn, Ptr } from '../../../mmu/types.ts';
import { pmd_pfn, pmd_trans_huge } from '../../../src/kernel/arch/x86/include/asm/pgtable.ts';
import { nth_page, pfn_to_page } from '../../../src/kernel/include/linux/mm/page.ts';
import { mm_find_pmd } from '../../../src/kernel/include/linux/mm.ts';
import { folio_get, page_mapcount, total_mapcount } from '../../../src/kernel/include/linux/page_ref.ts';
import { TTU_SPLIT_HUGE_PMD } from '../../../src/kernel/include/linux/rmap.ts';
import { folio_lock, folio_unlock } from '../../../src/kernel/mm/filemap/folio_lock.ts';
import { split_huge_page } from '../../../src/kernel/mm/huge_memory/split_huge_page.ts';
import { folio_referenced } from '../../../src/kernel/mm/rmap/folio_referenced.ts';
import { try_to_unmap } from '../../../src/kernel/mm/rmap/try_to_unmap.ts';
import { folio_put } from '../../../src/kernel/mm/swap/put_page.ts';
import { H0 } from '../../../src/workload/address.ts';
import { parseOperation } from '../../../src/workload/parse.ts';
import { Performer } from '../../../src/workload/perform.ts';
import { World, worldMemory } from '../../../src/workload/world.ts';

function run(): { w: World; op(text: string): void } {
  const w = new World({ release: '6.6', cpus: 1, bytes: 2 ** 27 }, worldMemory(new Int32Array(new SharedArrayBuffer(2 ** 26))));
  const performer = new Performer(w);
  const op = (text: string): void => {
    const result = performer.perform(parseOperation(text, 'test'));
    expect(result.err, text).toBeUndefined();
    expect(result.bad ?? 0, text).toBe(0);
  };
  return { w, op };
}

/** The huge page that P0 maps at H0. */
function huge(w: World): Ptr {
  const c = w.m.contexts[0]!;
  const pmd = mm_find_pmd(c, w.processes.get('P0')!.mm, H0);
  const lo = w.m.mem.words[pmd]! >>> 0;
  expect(pmd_trans_huge(lo)).toBe(true);
  return pfn_to_page(c, pmd_pfn(lo, w.m.mem.words[pmd + 1]! >>> 0) as Pfn);
}

test('a huge page of a file is found whole, in parts, and beside its own alignment', () => {
  const { w, op } = run();
  op('spawn P0 0');
  op('file F0 memfd 512');
  op('mmap P0 H0 512 rw shared F0 0');
  op('write P0 H0 512 1');
  op('collapse P0 H0 512');
  op('read P0 H0 1');
  op('spawn P1 0');
  op('mmap P1 H0 256 rw shared F0 100'); // no huge page fits here
  op('read P1 H0 256');
  const folio = huge(w);
  w.run(0, function* (c) {
    expect(yield* total_mapcount(c, folio)).toBe(1 + 256);
    expect(yield* page_mapcount(c, nth_page(c, folio, 99))).toBe(1);
    expect(yield* page_mapcount(c, nth_page(c, folio, 100))).toBe(2);
    yield* folio_lock(c, folio);
    expect(yield* folio_referenced(c, folio)).toBe(2);
    yield* try_to_unmap(c, folio, TTU_SPLIT_HUGE_PMD);
    expect(yield* total_mapcount(c, folio)).toBe(0);
    yield* folio_unlock(c, folio);
  });
  op('verify P0 H0 512 1');
});

test('an anonymous huge page is split while a relative maps some of it by ptes', () => {
  const { w, op } = run();
  op('spawn P0 0');
  op('mmap P0 H0 512 rw anon');
  op('madvise P0 H0 512 HUGEPAGE');
  op('write P0 H0 512 1');
  op('fork P0 P1');
  op('munmap P1 H0+500 12');
  const folio = huge(w);
  w.run(0, function* (c) {
    expect(yield* total_mapcount(c, folio)).toBe(1 + 500);
    yield* folio_get(c, folio);
    yield* folio_lock(c, folio);
    expect(yield* split_huge_page(c, folio)).toBe(0);
    yield* folio_unlock(c, folio);
    yield* folio_put(c, folio);
    expect(yield* page_mapcount(c, folio)).toBe(2);
    expect(yield* page_mapcount(c, nth_page(c, folio, 500))).toBe(1);
  });
  op('verify P0 H0 512 1');
  op('verify P1 H0 500 1');
  op('write P1 H0 500 2');
  op('verify P0 H0 512 1');
  op('verify P1 H0 500 2');
});
