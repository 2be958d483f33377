// SPDX-License-Identifier: GPL-2.0-only
/**
 * The explanation of random page tables against an MMU that has all of them in its memory: the way that is told must end as the walk ends, for a
 * reason that fits the error code, and what is told to be written and cached must be so.
 * Time budget: 5 s.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FETCH, IMPLICIT, READ, USER, WRITE } from '../../mmu/access.ts';
import { addressText } from '../../mmu/describe.ts';
import { pairText } from '../../mmu/entry.ts';
import { FAULT_PRESENT, FAULT_RESERVED } from '../../mmu/fault.ts';
import { Mmu } from '../../mmu/mmu.ts';
import { setAc, writeCr0, writeCr3, writeCr4, writeEfer } from '../../mmu/mov-cr.ts';
import { createPhysMem, pfnOfSlot, slotOfWord } from '../../mmu/phys-mem.ts';
import type { Ptr } from '../../mmu/types.ts';
import { explain } from '../../src/explain/explain.ts';
import type { Explanation } from '../../src/explain/explanation.ts';
import { type Entry, loadEntry, machineOf, type State, storeEntry } from '../../src/explain/state.ts';

/** Tables share frames, and a directory may map itself. */
const TABLES = [0x1000, 0x2000, 0x3000, 0x1_2345_6000];
const FRAMES = [...TABLES, 0x4000, 0xf_ffff_f000, 0x40_0000, 2 ** 44];
const INDICES = [0, 1, 511];

const rarely = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: rare });
const half = (lo: number) => fc.nat(0xffff_ffff).map((bits) => bits & lo);

/** Present most often; flags at random; a reserved bit or another now and then. */
const entry = (flags: number, frames: number[]): fc.Arbitrary<Entry> =>
  fc
    .record({
      present: rarely(fc.constant(1), fc.constant(0)),
      frame: rarely(fc.constantFrom(...frames), fc.constantFrom(...FRAMES)),
      low: half(flags),
      odd: rarely(fc.constant(0), half(0x1f_e1e6)),
      high: rarely(fc.constant(0), half(-1)),
      xd: rarely(fc.constant(0), fc.constant(1 << 31)),
    })
    .map((e) => ({
      lo: e.present | e.low | e.odd | (e.frame % 2 ** 32),
      hi: Math.floor(e.frame / 2 ** 32) | (flags === 0 ? 0 : e.xd) | (e.odd !== 0 ? e.high : 0),
    }));

const indices = fc.constantFrom(...INDICES);
const world = fc.record({
  cr3: fc.constantFrom(0x1000, 0x1020, 0x2fe0, 0x2fe7),
  maxphyaddr: fc.constantFrom(36, 40, 45, 52),
  mode: fc.nat(63),
  access: fc.constantFrom(READ, WRITE, FETCH, IMPLICIT, IMPLICIT | WRITE, USER, USER | WRITE, USER | FETCH),
  va: fc.tuple(fc.nat(3), indices, indices, fc.nat(4095)).map(([a, b, c, d]) => ((a << 30) | (b << 21) | (c << 12) | d) >>> 0),
  pdpt: fc.array(entry(0, TABLES), { minLength: 4, maxLength: 4 }),
  tables: fc.array(fc.array(entry(0xfff, TABLES), { minLength: 3, maxLength: 3 }), { minLength: 4, maxLength: 4 }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const stateOf = ({ cr3, maxphyaddr, mode }: World): State => ({
  cr0: 0x8000_0001 | (mode & 1 ? 1 << 16 : 0),
  cr3,
  cr4: (1 << 5) | (mode & 2 ? 1 << 20 : 0) | (mode & 4 ? 1 << 21 : 0) | (mode & 32 ? 1 << 7 : 0),
  efer: mode & 8 ? 1 << 11 : 0,
  ac: (mode & 16) !== 0,
  maxphyaddr,
});

function entriesOf(w: World): Map<number, Entry> {
  const entries = new Map<number, Entry>();
  for (const [t, table] of w.tables.entries()) for (const [i, e] of table.entries()) entries.set(TABLES[t]! + 8 * INDICES[i]!, e);
  for (const [i, e] of w.pdpt.entries()) entries.set((w.cr3 & ~31) + 8 * i, e);
  return entries;
}

/** With everything in memory, and registers written in another order than for the explanation. */
function wholeMachine(state: State, entries: Map<number, Entry>): { mmu: Mmu; loaded: boolean } {
  const mmu = new Mmu(createPhysMem(2, 16), state.maxphyaddr);
  writeCr0(mmu, 1);
  for (const [address, e] of entries) storeEntry(mmu, address, e);
  setAc(mmu, state.ac);
  writeEfer(mmu, state.efer);
  writeCr4(mmu, state.cr4);
  writeCr3(mmu, state.cr3);
  return { mmu, loaded: writeCr0(mmu, state.cr0) };
}

/** What the MMU did, in the form of a result. */
function done({ mmu, loaded }: ReturnType<typeof wholeMachine>, va: number, access: number) {
  if (!loaded) return { kind: 'general-protection' };
  const at = mmu.translate(va, access);
  if (mmu.fault === -1)
    return { kind: 'translated', physical: addressText(pfnOfSlot(mmu.mem, slotOfWord(mmu.mem, at as Ptr)) * 4096 + (va & 4095)) };
  return mmu.fault === -2
    ? { kind: 'no-memory' }
    : { kind: 'page-fault', errorCode: mmu.fault, cr2: `0x${mmu.regs.cr2.toString(16).padStart(8, '0')}` };
}

/** Bits of the error code that the reason for stopping stands for. */
const BITS: Record<string, number> = { 'not-present': 0, reserved: FAULT_PRESENT | FAULT_RESERVED, rights: FAULT_PRESENT };

function agrees(x: Explanation, access: number): void {
  const { result, stop } = x;
  if (result.kind === 'page-fault') {
    expect(result.errorCode & (FAULT_PRESENT | FAULT_RESERVED)).toBe(BITS[stop!.kind]);
    expect(result.bits.reduce((sum, b, i) => sum | (b.value << i), 0)).toBe(result.errorCode);
  } else expect(stop?.kind).toBe({ translated: undefined, 'no-memory': 'no-memory', 'general-protection': 'reserved' }[result.kind]);
  if (stop !== null) expect(stop.at).toBe(result.kind === 'general-protection' ? 'MOV CR3' : x.entries.at(-1)!.name);
  expect(x.rules.every((r) => r.allows)).toBe(stop?.kind !== 'rights');
  if (result.kind !== 'translated') {
    expect([x.marks, x.tlb, x.pdeCache]).toEqual([[], null, null]);
    return;
  }
  const { rw, us, xd } = x.rights.at(-1)!;
  expect(x.tlb).toMatchObject({ rw, us, xd, size: x.rights.length === 1 ? '2 MiB' : '4 KiB' });
  if ((access & WRITE) !== 0) expect(x.tlb!.dirty).toBe(true);
  const [pde] = x.rights;
  if (x.rights.length === 1) expect(x.pdeCache).toBeNull();
  else expect(x.pdeCache).toMatchObject({ rw: pde!.rw, us: pde!.us, xd: pde!.xd, table: x.entries[2]!.table });
  const frame = new RegExp(`frame ${x.tlb!.frame};.*; ${x.tlb!.memoryType} |frame ${x.tlb!.frame}; ${x.tlb!.memoryType} `);
  expect(x.entries.at(-1)!.decoded).toMatch(frame);
}

function textAt(mmu: Mmu, address: number): string {
  const { lo, hi } = loadEntry(mmu, address);
  return pairText(lo, hi);
}

test('the explanation ends as the walk does', () => {
  const ends = new Set<string>();
  fc.assert(
    fc.property(world, (w) => {
      const state = stateOf(w);
      const entries = entriesOf(w);
      const x = explain(machineOf(state)!, state, (address) => entries.get(address) ?? null, w.va, w.access);
      const whole = wholeMachine(state, entries);
      expect(x.result).toMatchObject(done(whole, w.va, w.access));
      agrees(x, w.access);
      // The marks told are all that memory shows.
      const changed = [...entries].filter(([address, e]) => loadEntry(whole.mmu, address).lo !== e.lo);
      const told = new Map(x.marks.map((m) => [x.entries.find((e) => e.name === m.name)!.address, m.after]));
      expect(told).toEqual(new Map(changed.map(([address]) => [addressText(address), textAt(whole.mmu, address)])));
      ends.add(`${x.result.kind}: ${x.stop?.kind ?? 'no stop'} after ${x.entries.length}`);
    }),
    { numRuns: 1000, seed: 1 },
  );
  // Every end that a walk can have, with the number of entries looked at.
  expect([...ends].sort()).toEqual([
    'general-protection: reserved after 4',
    'no-memory: no-memory after 1',
    'no-memory: no-memory after 2',
    'no-memory: no-memory after 3',
    'page-fault: not-present after 1',
    'page-fault: not-present after 2',
    'page-fault: not-present after 3',
    'page-fault: reserved after 2',
    'page-fault: reserved after 3',
    'page-fault: rights after 2',
    'page-fault: rights after 3',
    'translated: no stop after 2',
    'translated: no stop after 3',
  ]);
});
