// SPDX-License-Identifier: GPL-2.0-only
/** References to swap slots against a plain model, and the windows of readahead. Budget: 2 s. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { NULL } from '../../../mmu/types.ts';
import { swap_info_struct } from '../../../src/kernel/include/linux/swap.ts';
import { swp_offset } from '../../../src/kernel/include/linux/swapops.ts';
import {
  __swapin_nr_pages,
  SWAP_RA_HITS,
  SWAP_RA_VAL,
  SWAP_RA_WIN,
  swapin_nr_pages,
} from '../../../src/kernel/mm/swap_state/swap_ra_info.ts';
import { get_nr_swap_pages, get_swap_pages, vm_swap_full } from '../../../src/kernel/mm/swapfile/get_swap_pages.ts';
import { swap_init } from '../../../src/kernel/mm/swapfile/swap_init.ts';
import {
  __swap_count,
  put_swap_folio,
  swap_duplicate,
  swap_free,
  swap_shmem_alloc,
  swapcache_prepare,
} from '../../../src/kernel/mm/swapfile/swap_map.ts';
import { at } from '../../../src/kernel/struct.ts';
import { type Bench, bench } from '../support.ts';

const PAGES = 8;

/** A machine with a swap device of 7 slots. */
const swapBench = (): Bench => bench({ cpus: 1, setup: ({ k }) => swap_init(k, PAGES) });

interface Slot {
  refs: number;
  cached: boolean;
}

/** One step on the machine and on the model; what cannot be done is left out. */
function* step(c: Vcpu, model: Map<number, Slot>, what: number, pick: number): Code {
  const entries = [...model.keys()];
  const entry = entries[pick % Math.max(entries.length, 1)];
  if (what === 0) {
    const got = yield* get_swap_pages(c);
    expect(got === 0).toBe(model.size === PAGES - 1);
    if (got === 0) return;
    expect(model.has(got)).toBe(false);
    expect(swp_offset(got)).toBeGreaterThan(0);
    model.set(got, { refs: 0, cached: true });
    return;
  }
  if (entry === undefined) return;
  const slot = model.get(entry)!;
  if (what === 1) {
    expect(yield* swap_duplicate(c, entry)).toBe(0);
    slot.refs++;
  } else if (what === 2 && slot.refs > 0) {
    yield* swap_free(c, entry);
    slot.refs--;
  } else if (what === 3 && slot.cached) {
    yield* put_swap_folio(c, NULL, entry);
    slot.cached = false;
  } else if (what === 4) {
    expect(yield* swapcache_prepare(c, entry)).toBe(slot.cached ? -17 : 0);
    slot.cached = true;
  }
  if (slot.refs === 0 && !slot.cached) model.delete(entry);
  else expect(yield* __swap_count(c, entry)).toBe(slot.refs);
  expect(get_nr_swap_pages(c)).toBe(PAGES - 1 - model.size);
  expect(vm_swap_full(c)).toBe((PAGES - 1 - model.size) * 2 < PAGES - 1);
}

describe('references to a slot', () => {
  test('are those of the model, in any order of events', () => {
    const steps = fc.array(fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 20 })), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (all) => {
        const b = swapBench();
        b.m.boot(function* (c) {
          const model = new Map<number, Slot>();
          for (const [what, pick] of all) yield* step(c, model, what, pick);
        });
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  test('a shmem file has one, whatever else there is', () => {
    swapBench().m.boot(function* (c) {
      const entry = yield* get_swap_pages(c);
      yield* swap_shmem_alloc(c, entry);
      expect(yield* __swap_count(c, entry)).toBe(1);
      yield* put_swap_folio(c, NULL, entry);
      expect(get_nr_swap_pages(c)).toBe(PAGES - 2);
      yield* swap_free(c, entry);
      expect(get_nr_swap_pages(c)).toBe(PAGES - 1);
      expect(yield* swap_duplicate(c, entry)).toBe(-2);
    });
  });

  test('one too many given back is found', () => {
    const b = swapBench();
    expect(() =>
      b.m.boot(function* (c) {
        const entry = yield* get_swap_pages(c);
        yield* swap_free(c, entry);
      }),
    ).toThrow('Unused swap offset');
  });

  test('without a device there are no slots', () => {
    bench({ cpus: 1 }).m.boot(function* (c) {
      expect(yield* get_swap_pages(c)).toBe(0);
      expect(get_nr_swap_pages(c)).toBe(0);
    });
  });
});

describe('readahead', () => {
  test.each([
    // previous place, place, hits, previous window, window
    [100, 7, 0, 0, 1],
    [6, 7, 0, 0, 2],
    [8, 7, 0, 0, 2],
    [0, 7, 1, 0, 4],
    [0, 7, 2, 0, 4],
    [0, 7, 3, 0, 8],
    [0, 7, 63, 0, 8],
    [100, 7, 0, 8, 4],
    [100, 7, 0, 4, 2],
  ])('from %i to %i after %i hits and a window of %i: %i', (prev, offset, hits, prevWin, pages) => {
    expect(__swapin_nr_pages(prev, offset, hits, prevWin)).toBe(pages);
  });

  test('the word of a VMA holds address, window and hits', () => {
    const word = SWAP_RA_VAL(0xbffff123, 8, 5);
    expect([word >>> 12, SWAP_RA_WIN(word), SWAP_RA_HITS(word)]).toEqual([0xbffff, 8, 5]);
  });

  test('of slots begins with a full window, and shrinks by half at a time', () => {
    swapBench().m.boot(function* (c) {
      const windows: number[] = [];
      for (const offset of [1, 90, 30, 60, 120]) windows.push(yield* swapin_nr_pages(c, offset));
      expect(windows).toEqual([8, 4, 2, 1, 1]);
    });
  });
});

test('a new device has its header in use', () => {
  const b = swapBench();
  const map = b.read(at(b.k.globals.swap_info, swap_info_struct.swap_map));
  expect(b.read(map as typeof NULL)).not.toBe(0);
});
