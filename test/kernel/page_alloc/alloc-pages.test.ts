// SPDX-License-Identifier: GPL-2.0-only
/** The page allocator against a set of frames in use: nothing twice, everything back, blocks whole again. Budget: 5 s. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { FREE, KERNEL, kindOfSlot } from '../../../mmu/frames.ts';
import { slotOfPageWord } from '../../../mmu/phys-mem.ts';
import { NULL, type Ptr } from '../../../mmu/types.ts';
import { __GFP_COMP, GFP_HIGHUSER, GFP_HIGHUSER_MOVABLE, GFP_KERNEL, GFP_TRANSHUGE } from '../../../src/kernel/include/linux/gfp.ts';
import { nth_page, page_to_pfn } from '../../../src/kernel/include/linux/mm/page.ts';
import { page as struct_page } from '../../../src/kernel/include/linux/mm_types.ts';
import { HIGHMEM_START, NR_FREE_PAGES, zone as struct_zone } from '../../../src/kernel/include/linux/mmzone.ts';
import { alloc_pages } from '../../../src/kernel/mm/page_alloc/__alloc_pages.ts';
import { __free_pages, drain_pages } from '../../../src/kernel/mm/page_alloc/__free_pages.ts';
import { get_pageblock_migratetype } from '../../../src/kernel/mm/page_alloc/free_area.ts';
import { directMachine } from '../direct-machine.ts';

interface Held {
  page: Ptr;
  order: number;
}

const word = (c: Vcpu, p: Ptr, field: number): number => c.m.mem.words[p + field]!;

function* take(c: Vcpu, gfp: number, order: number): Code<Held | null> {
  const page = yield* alloc_pages(c, gfp, order);
  return page === NULL ? null : { page, order };
}

/** Frames of an allocation, after looking at what every page must be. */
function framesOf(c: Vcpu, { page, order }: Held): number[] {
  expect(word(c, page, struct_page._refcount)).toBe(1);
  expect(page_to_pfn(c, page) & ((1 << order) - 1)).toBe(0);
  return Array.from({ length: 1 << order }, (_, i) => {
    const p = nth_page(c, page, i);
    expect(word(c, p, struct_page._mapcount)).toBe(-1);
    expect(kindOfSlot(c.m.mem, slotOfPageWord(c.m.mem, p))).not.toBe(FREE);
    return page_to_pfn(c, p);
  });
}

const zones = (c: Vcpu): Ptr[] => {
  const { globals } = c.m.os as { globals: { zone_normal: Ptr; zone_highmem: Ptr } };
  return [globals.zone_normal, globals.zone_highmem].filter((z) => z !== NULL);
};

describe('alloc_pages', () => {
  test('hands out no frame twice, and gets whole blocks back', () => {
    const step = fc.record({
      gfp: fc.constantFrom(GFP_KERNEL, GFP_HIGHUSER, GFP_HIGHUSER_MOVABLE, GFP_HIGHUSER_MOVABLE | __GFP_COMP),
      order: fc.constantFrom(0, 0, 0, 0, 1, 3, 9, 10),
      release: fc.nat(),
      cpu: fc.nat(1),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { run } = directMachine({}, 64, 1 << 30);
        const held: Held[] = [];
        const used = new Set<number>();
        for (const { gfp, order, release, cpu } of steps) {
          run(function* (c) {
            if (release % 3 === 0 && held.length > 0) {
              const [gone] = held.splice(release % held.length, 1);
              for (const pfn of framesOf(c, gone!)) used.delete(pfn);
              yield* __free_pages(c, gone!.page, gone!.order);
              return;
            }
            const got = yield* take(c, gfp, order);
            if (got === null) return;
            for (const pfn of framesOf(c, got)) {
              expect(used.has(pfn)).toBe(false);
              used.add(pfn);
              if (gfp === GFP_KERNEL) expect(pfn).toBeLessThan(HIGHMEM_START);
            }
            held.push(got);
          }, cpu);
        }
        run(function* (c) {
          for (const { page, order } of held) yield* __free_pages(c, page, order);
          yield* drain_pages(c);
        });
        run(function* (c) {
          yield* drain_pages(c);
          for (const z of zones(c)) {
            const free = word(c, z, struct_zone.vm_stat + NR_FREE_PAGES);
            expect(free).toBe(word(c, z, struct_zone.managed_pages));
            for (let order = 0; order < 10; order++) expect(word(c, z, struct_zone.nr_free + order)).toBe(0);
            expect(word(c, z, struct_zone.nr_free + 10) * 1024 + word(c, z, struct_zone.unused)).toBe(free);
          }
        }, 1);
      }),
      { seed: 1, numRuns: 20 },
    );
  });

  test('gives NULL when memory is used up, and goes on when some is back', () => {
    const { run } = directMachine({}, 64, 8 << 20);
    run(function* (c) {
      const held: Ptr[] = [];
      for (let page = yield* alloc_pages(c, GFP_KERNEL, 3); page !== NULL; page = yield* alloc_pages(c, GFP_KERNEL, 3)) held.push(page);
      expect(held.length).toBeGreaterThan(100);
      expect(yield* alloc_pages(c, GFP_TRANSHUGE, 9)).toBe(NULL);
      yield* __free_pages(c, held.pop()!, 3);
      expect(yield* alloc_pages(c, GFP_KERNEL, 3)).not.toBe(NULL);
    });
  });

  test('keeps unmovable pages together: they take whole pageblocks', () => {
    const { run } = directMachine({}, 64, 1 << 30);
    run(function* (c) {
      const blocks = new Set<number>();
      for (let i = 0; i < 1200; i++) {
        const movable = yield* alloc_pages(c, GFP_HIGHUSER_MOVABLE, 0);
        const page = yield* alloc_pages(c, GFP_HIGHUSER, 0);
        expect(get_pageblock_migratetype(c, page)).toBe(0);
        expect(get_pageblock_migratetype(c, movable)).toBe(1);
        blocks.add(page_to_pfn(c, page) >>> 9);
        expect(kindOfSlot(c.m.mem, slotOfPageWord(c.m.mem, page))).toBe(KERNEL);
      }
      expect(blocks.size).toBeLessThanOrEqual(4);
    });
  });

  test('64 GiB boot at once, and huge pages come from above 4 GiB', () => {
    const { run } = directMachine({}, 64, 64 * 2 ** 30);
    run(function* (c) {
      const page = yield* alloc_pages(c, GFP_TRANSHUGE, 9);
      expect(page_to_pfn(c, page)).toBeGreaterThan(0x100000);
      expect(c.m.mem.frames).toBeLessThan(16384);
    });
  });
});
