// SPDX-License-Identifier: GPL-2.0-only
/**
 * The probe finds the page that a walk would find, and leaves no trace.
 * Time budget: 3 s.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { READ } from '../../mmu/access.ts';
import { backFrame, frameOfSlot } from '../../mmu/phys-mem.ts';
import { Probe } from '../../mmu/probe.ts';
import type { Pfn, Ptr } from '../../mmu/types.ts';
import { CR3S, drawFrom, pick, VAS } from '../support/mmu-entries.ts';
import { fillTables } from '../support/mmu-oracle.ts';
import { ACCESS_KINDS, accessBits, createWorld, createWorldMemory, movCr3 } from '../support/mmu-world.ts';
import { slowAccess } from '../support/slow-walker.ts';

const mem = createWorldMemory();

const likeWalk = (prepare: (probe: Probe) => void) =>
  fc.property(fc.constantFrom(36, 40, 44), fc.integer(), (M, seed) => {
    const draw = drawFrom(seed);
    const world = createWorld(mem, M);
    fillTables(world, draw);
    const cr3 = pick(draw, CR3S);
    if (!movCr3(world, cr3)) return;
    const at = (frameOfSlot(mem, backFrame(mem, Number(cr3 >> 12n) as Pfn)) + (Number(cr3 & 0xfe0n) >> 2)) as Ptr;
    const probe = new Probe(mem, M);
    prepare(probe);
    const before = mem.words.slice();
    for (const va of VAS) {
      const access = pick(draw, ACCESS_KINDS);
      const r = slowAccess({ ...world.slow, memory: new Map(world.slow.memory) }, BigInt(va), access);
      const expected = r.kind === 'mapped' ? Number(r.pa >> 12n) : null;
      const found = probe.pageAt(at, va, accessBits(access));
      if (found !== expected) throw new Error(`0x${va.toString(16)}: ${found} and not ${expected}`);
    }
    if (!mem.words.every((word, i) => word === before[i])) throw new Error('memory has changed');
  });

test('the probe agrees with the slow walker, and memory stays as it was', () => {
  fc.assert(
    likeWalk(() => {}),
    { numRuns: 150, seed: 1 },
  );
});

test('it is noticed if the probe sets A and D', () => {
  const marks = (probe: Probe): void => {
    (probe as unknown as { walker: { marking: boolean } }).walker.marking = true;
  };
  expect(fc.check(likeWalk(marks), { numRuns: 50, seed: 1 }).failed).toBe(true);
});

test('what the tables say now is what it finds', () => {
  createWorld(mem, 40);
  const probe = new Probe(mem, 40);
  const pdpt = frameOfSlot(mem, backFrame(mem, 0x1000 as Pfn));
  const directory = frameOfSlot(mem, backFrame(mem, 0x2000 as Pfn));
  mem.words[pdpt] = 0x200_0001;
  expect(probe.pageAt(pdpt, 0x1234, READ)).toBeNull();
  for (const frame of [0x0, 0x4000_0000, 0x8000_0000]) {
    mem.words[directory] = frame | 0x81;
    expect(probe.pageAt(pdpt, 0x1234, READ)).toBe((frame >>> 12) + 1);
  }
});
