// SPDX-License-Identifier: GPL-2.0-only
/** Caches of objects: no two objects share a word, freed ones come again zeroed, and a free to the wrong cache is found. Budget: 3 s. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { poke } from '../../../cpu/ops.ts';
import type { Ptr } from '../../../mmu/types.ts';
import { kmem_cache, SLAB_TYPESAFE_BY_RCU } from '../../../src/kernel/include/linux/slab.ts';
import { kfree, kmalloc, kmem_cache_alloc, kmem_cache_free } from '../../../src/kernel/mm/slub/kmem_cache_alloc.ts';
import { at, struct } from '../../../src/kernel/struct.ts';
import { directMachine } from '../direct-machine.ts';

const small = kmem_cache('small', struct('small', { a: 1, b: 2 }));
const safe = kmem_cache('safe', struct('safe', { a: 1 }), SLAB_TYPESAFE_BY_RCU);

describe('kmem_cache_alloc', () => {
  test('gives every word to one object only, on whatever CPU', () => {
    const step = fc.record({ free: fc.nat(), words: fc.constantFrom(0, 8, 40, 300), cpu: fc.nat(1) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { m, run } = directMachine({}, 32);
        const held: { p: Ptr; words: number; cached: boolean }[] = [];
        const used = new Set<number>();
        for (const { free, words, cpu } of steps) {
          run(function* (c) {
            if (free % 3 === 0 && held.length > 0) {
              const [o] = held.splice(free % held.length, 1);
              for (let i = 0; i < o!.words; i++) used.delete(o!.p + i);
              if (o!.cached) yield* kmem_cache_free(c, small, o!.p);
              else yield* kfree(c, o!.p);
              return;
            }
            const p = words === 0 ? yield* kmem_cache_alloc(c, small) : yield* kmalloc(c, words);
            const size = words === 0 ? 3 : words;
            for (let i = 0; i < size; i++) {
              expect(used.has(p + i)).toBe(false);
              expect(m.mem.words[p + i]).toBe(0);
              used.add(p + i);
              poke(c, at(p, i), -1);
            }
            held.push({ p, words: size, cached: words === 0 });
          }, cpu);
        }
      }),
      { seed: 1, numRuns: 15 },
    );
  });

  test('leaves a freed object of a SLAB_TYPESAFE_BY_RCU cache as it was', () => {
    const { m, run } = directMachine({}, 32);
    run(function* (c) {
      const p = yield* kmem_cache_alloc(c, safe);
      poke(c, p, 42);
      yield* kmem_cache_free(c, safe, p);
      expect(m.mem.words[p]).toBe(42);
      expect(yield* kmem_cache_alloc(c, safe)).toBe(p);
      expect(m.mem.words[p]).toBe(42);
    });
  });

  test('refuses an object of another cache', () => {
    const { run } = directMachine({}, 32);
    expect(() =>
      run(function* (c) {
        yield* kmem_cache_free(c, safe, yield* kmem_cache_alloc(c, small));
      }),
    ).toThrow('freed to the cache safe');
  });
});
