// SPDX-License-Identifier: GPL-2.0-only
/** Pages on their way to swap and back, as processes see it: contents, counters, and what is in memory. Budget: 5 s. */
import { describe, expect, test } from 'vitest';
import { global_node_page_state, NR_SWAPCACHE, vmstat_show } from '../../../src/kernel/include/linux/vmstat.ts';
import { get_nr_swap_pages } from '../../../src/kernel/mm/swapfile/get_swap_pages.ts';
import { parseOperation } from '../../../src/workload/parse.ts';
import { Performer } from '../../../src/workload/perform.ts';
import type { OpResult } from '../../../src/workload/result.ts';
import { World, worldMemory } from '../../../src/workload/world.ts';

const SLOTS = 16383;

interface Run {
  w: World;
  /** Performs one operation; it must succeed. */
  op(text: string): OpResult;
  /** What an operation adds to counters of /proc/vmstat. */
  counted(text: string): Record<string, number>;
  free(): number;
}

function run(release: '6.1' | '6.6' = '6.6'): Run {
  const w = new World({ release, cpus: 3, bytes: 2 ** 28 }, worldMemory(new Int32Array(new SharedArrayBuffer(2 ** 26))));
  const performer = new Performer(w);
  const op = (text: string): OpResult => {
    const result = performer.perform(parseOperation(text, 'test'));
    expect({ ...result, op: text }).toMatchObject({ op: text });
    expect(result.err, text).toBeUndefined();
    return result;
  };
  return {
    w,
    op,
    counted: (text) => {
      const before = vmstat_show(w.k);
      op(text);
      const grown: Record<string, number> = {};
      for (const [name, value] of vmstat_show(w.k))
        if (/^(pswp|swap_ra|thp_)/.test(name) && value !== before.get(name)) grown[name] = value - before.get(name)!;
      return grown;
    },
    free: () => get_nr_swap_pages(w.m.contexts[0]!),
  };
}

describe.each(['6.1', '6.6'] as const)('kernel %s: anonymous memory', (release) => {
  test('goes out and comes back', () => {
    const { op, counted, free, w } = run(release);
    op('spawn P0 0');
    op('mmap P0 H0 64 rw anon');
    op('write P0 H0 64 1');
    expect(counted('madvise P0 H0+8 32 PAGEOUT')).toEqual({ pswpout: 32 });
    expect(free()).toBe(SLOTS - 32);
    expect(global_node_page_state(w.m.contexts[0]!, NR_SWAPCACHE)).toBe(0);
    // The device is synchronous: what one process alone has comes back page by page, past the swap cache.
    expect(counted('verify P0 H0 64 1')).toEqual({ pswpin: 32 });
    expect(op('verify P0 H0 64 1').bad).toBe(0);
    expect(free()).toBe(SLOTS);
  });

  test('is gone with its process', () => {
    const { op, free } = run(release);
    op('spawn P0 0');
    op('mmap P0 H0 64 rw anon');
    op('write P0 H0 64 1');
    op('madvise P0 H0 64 PAGEOUT');
    expect(free()).toBe(SLOTS - 64);
    op('exit P0');
    expect(free()).toBe(SLOTS);
  });

  test('of relatives comes back to both, and each has its own from then on', () => {
    const { op, counted, free } = run(release);
    op('spawn P0 0');
    op('mmap P0 H0 32 rw anon');
    op('write P0 H0 32 1');
    op('madvise P0 H0 32 PAGEOUT');
    op('fork P0 P1');
    expect(free()).toBe(SLOTS - 32);
    const grown = counted('verify P1 H0 32 1');
    expect(grown.pswpin).toBe(32);
    expect(grown.swap_ra).toBeGreaterThan(0);
    expect(grown.swap_ra_hit).toBe(grown.swap_ra);
    op('write P1 H0 32 2');
    expect(op('verify P0 H0 32 1').bad).toBe(0);
    expect(op('verify P1 H0 32 2').bad).toBe(0);
    op('exit P0');
    op('exit P1');
    expect(free()).toBe(SLOTS);
  });

  test('that is shared stays', () => {
    const { op, free } = run(release);
    op('spawn P0 0');
    op('mmap P0 H0 16 rw anon');
    op('write P0 H0 16 1');
    op('fork P0 P1');
    op('madvise P0 H0 16 PAGEOUT');
    expect(free()).toBe(SLOTS);
    expect(op('verify P1 H0 16 1').bad).toBe(0);
  });

  test('of a huge page goes out in single pages', () => {
    const { op, counted, free } = run(release);
    op('spawn P0 0');
    op('mmap P0 H0 512 rw anon');
    op('madvise P0 H0 512 HUGEPAGE');
    op('write P0 H0 512 1');
    expect(counted('madvise P0 H0 512 PAGEOUT')).toMatchObject({
      pswpout: 512,
      thp_split_page: 1,
      thp_split_pmd: 1,
      thp_swpout_fallback: 1,
    });
    expect(free()).toBe(SLOTS - 512);
    expect(op('verify P0 H0 512 1').bad).toBe(0);
    expect(free()).toBe(SLOTS);
  });

  test('while other threads run: one flush for all of it', () => {
    const { op, counted } = run(release);
    op('spawn P0 0');
    op('threads P0 0x6 spin');
    op('mmap P0 H0 16 rw anon');
    op('write P0 H0 16 1');
    expect(counted('madvise P0 H0 16 PAGEOUT')).toEqual({ pswpout: 16 });
    expect(op('verify P0 H0 16 1').bad).toBe(0);
  });
});

test('a page that MADV_FREE gave up goes without a slot, and stays if it was written to since', () => {
  const { op, counted, free } = run();
  op('spawn P0 0');
  op('mmap P0 H0 16 rw anon');
  op('write P0 H0 16 1');
  op('madvise P0 H0 16 FREE');
  op('write P0 H0+4 1 1');
  expect(counted('madvise P0 H0 16 PAGEOUT')).toEqual({});
  expect(free()).toBe(SLOTS);
  expect(op('verifyz P0 H0 4').bad).toBe(0);
  expect(op('verify P0 H0+4 1 1').bad).toBe(0);
});

test('a shmem file goes out and comes back, in windows of slots', () => {
  const { op, counted, free } = run();
  op('spawn P0 0');
  op('file F0 memfd 64');
  op('mmap P0 H0 64 rw shared F0 0');
  op('write P0 H0 64 1');
  expect(counted('madvise P0 H0 64 PAGEOUT')).toEqual({ pswpout: 64 });
  expect(free()).toBe(SLOTS - 64);
  const grown = counted('verify P0 H0 64 1');
  expect(grown.pswpin).toBe(64);
  expect(grown.swap_ra).toBeGreaterThanOrEqual(50);
  expect(grown.swap_ra_hit).toBe(grown.swap_ra);
  expect(op('verify P0 H0 64 1').bad).toBe(0);
  expect(free()).toBe(SLOTS);
});
