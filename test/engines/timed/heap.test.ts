// SPDX-License-Identifier: GPL-2.0-only
/** The heap gives what a search of all keys gives; the words' owners are those that wrote last. Budget: 1 s. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Ptr } from '../../../mmu/types.ts';
import { Heap } from '../../../src/engines/timed/heap.ts';
import { Lines, LOCAL } from '../../../src/engines/timed/lines.ts';

const CPUS = 40;

it('a heap: the least key, the lower number among equals, and the second', () => {
  const change = fc.tuple(fc.nat({ max: CPUS - 1 }), fc.oneof(fc.nat({ max: 20 }), fc.constant(Infinity)));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 100 }), (changes) => {
      const heap = new Heap(CPUS);
      const keys = Array<number>(CPUS).fill(Infinity);
      for (const [i, key] of changes) {
        heap.set(i, key);
        keys[i] = key;
        const sorted = keys.toSorted((a, b) => a - b);
        expect(heap.first).toBe(keys.indexOf(sorted[0]!));
        expect(heap.second).toBe(sorted[1]!);
      }
    }),
    { seed: 1, numRuns: 60 },
  );
});

it('lines: a read comes from the last writer, once; a write takes it away from all others', () => {
  const access = fc.record({ cpu: fc.nat({ max: CPUS - 1 }), p: fc.nat({ max: 3 }), writes: fc.boolean() });
  fc.assert(
    fc.property(fc.array(access, { maxLength: 80 }), (accesses) => {
      const lines = new Lines(CPUS);
      const owner = new Map<number, number>();
      const copies = new Map<number, Set<number>>();
      for (const { cpu, p, writes } of accesses) {
        const have = copies.get(p) ?? new Set([cpu]);
        copies.set(p, have);
        const from = lines[writes ? 'write' : 'read'](cpu, p as Ptr);
        const foreign = writes ? [...have].some((other) => other !== cpu) : !have.has(cpu);
        if (!foreign && (owner.get(p) ?? cpu) === cpu) expect(from).toBe(LOCAL);
        if (foreign && owner.has(p) && owner.get(p) !== cpu) expect(from).toBe(owner.get(p));
        have.add(cpu);
        if (!writes) continue;
        owner.set(p, cpu);
        copies.set(p, new Set([cpu]));
      }
    }),
    { seed: 1, numRuns: 100 },
  );
});
