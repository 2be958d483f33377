// SPDX-License-Identifier: GPL-2.0-only
/**
 * The xarray against a plain table of indexes. Time budget: 3 s.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import type { Ptr } from '../../../mmu/types.ts';
import { address_space } from '../../../src/kernel/include/linux/mm_types.ts';
import { XA_STATE, XA_STATE_ORDER, xa_mk_value, xas_error, xas_lock, xas_unlock } from '../../../src/kernel/include/linux/xarray.ts';
import { newObject } from '../../../src/kernel/kernel.ts';
import { xas_create_range } from '../../../src/kernel/lib/xarray/xas_create.ts';
import { xas_find, xas_find_conflict, xas_next, xas_next_entry, xas_pause } from '../../../src/kernel/lib/xarray/xas_find.ts';
import { xa_load } from '../../../src/kernel/lib/xarray/xas_load.ts';
import { xa_get_order, xas_split, xas_split_alloc } from '../../../src/kernel/lib/xarray/xas_split.ts';
import { xas_store } from '../../../src/kernel/lib/xarray/xas_store.ts';
import { directMachine } from '../direct-machine.ts';

const { k, run } = directMachine();
const SPAN = 2048;

interface Entry {
  value: number;
  first: number;
  order: number;
}

function* store(c: Vcpu, xa: Ptr, index: number, order: number, entry: number): Code<number> {
  const xas = XA_STATE_ORDER(xa, index, order);
  yield* xas_lock(c, xas);
  yield* xas_store(c, xas, entry);
  yield* xas_unlock(c, xas);
  return xas_error(xas);
}

function* split(c: Vcpu, xa: Ptr, index: number, from: number, to: number, entry: number): Code {
  const xas = XA_STATE_ORDER(xa, index, to);
  yield* xas_split_alloc(c, xas, entry, from);
  yield* xas_lock(c, xas);
  yield* xas_split(c, xas, entry, from);
  yield* xas_unlock(c, xas);
}

function* conflict(c: Vcpu, xa: Ptr, index: number, order: number): Code<number> {
  const xas = XA_STATE_ORDER(xa, index, order);
  yield* xas_lock(c, xas);
  const found = yield* xas_find_conflict(c, xas);
  yield* xas_unlock(c, xas);
  return found;
}

function* walk(c: Vcpu, xa: Ptr, start: number, max: number, pause: boolean): Code<number[]> {
  const xas = XA_STATE(xa, start);
  const found: number[] = [];
  for (let e = yield* xas_find(c, xas, max); e !== 0; e = pause ? yield* xas_find(c, xas, max) : yield* xas_next_entry(c, xas, max)) {
    found.push(e);
    if (pause) yield* xas_pause(c, xas);
  }
  return found;
}

function* loadAll(c: Vcpu, xa: Ptr): Code<number[]> {
  const all: number[] = [];
  for (let i = 0; i < SPAN; i++) all.push(yield* xa_load(c, xa, i));
  return all;
}

/** What a table says: one entry for each block. */
function listed(table: (Entry | null)[], start: number, max: number): number[] {
  const found: number[] = [];
  for (let i = start; i <= max && i < SPAN; ) {
    const e = table[i]!;
    if (e !== null) found.push(e.value);
    i = e === null ? i + 1 : e.first + 2 ** e.order;
  }
  return found;
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant('store' as const), index: fc.nat(SPAN - 1), order: fc.constantFrom(0, 0, 0, 1, 3, 6, 9) }),
  },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('erase' as const), index: fc.nat(SPAN - 1), order: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('split' as const), index: fc.nat(SPAN - 1), order: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('walk' as const), index: fc.nat(SPAN - 1), order: fc.nat(1) }) },
);

test('stores, erasures, splits and walks do what a table does', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const xa = newObject(k, address_space, 'mapping');
      const table: (Entry | null)[] = new Array<Entry | null>(SPAN).fill(null);
      const clear = (e: Entry): void => {
        table.fill(null, e.first, e.first + 2 ** e.order);
      };
      let id = 1;
      for (const s of steps) {
        const there = table[s.index]!;
        if (s.op === 'store') {
          const first = s.index - (s.index % 2 ** s.order);
          const block = table.slice(first, first + 2 ** s.order);
          const hit = block.find((e) => e !== null) ?? null;
          expect(run((c) => conflict(c, xa, first, s.order))).toBe(hit === null ? 0 : hit.value);
          // A smaller entry cannot be stored over a part of a larger one.
          if (block.some((e) => e !== null && e.order > s.order)) continue;
          for (const e of block) if (e !== null) clear(e);
          const value = xa_mk_value(id++);
          expect(run((c) => store(c, xa, first, s.order, value))).toBe(0);
          table.fill({ value, first, order: s.order }, first, first + 2 ** s.order);
        } else if (s.op === 'erase' && there !== null) {
          run((c) => store(c, xa, there.first, there.order, 0));
          clear(there);
        } else if (s.op === 'split' && there !== null && there.order > 0) {
          const value = xa_mk_value(id++);
          run((c) => split(c, xa, there.first, there.order, 0, value));
          for (let i = 0; i < 2 ** there.order; i++) table[there.first + i] = { value, first: there.first + i, order: 0 };
        } else if (s.op === 'walk') {
          const max = s.index + 500;
          expect(run((c) => walk(c, xa, s.index, max, s.order === 1))).toEqual(listed(table, s.index, max));
        }
        if (there !== null) expect(run((c) => xa_get_order(c, xa, s.index))).toBe(table[s.index]?.order ?? 0);
      }
      expect(run((c) => loadAll(c, xa))).toEqual(table.map((e) => e?.value ?? 0));
    }),
    { seed: 1, numRuns: 40 },
  );
}, 60_000);

test('a range is made of single slots, and walked with its holes', () => {
  const xa = newObject(k, address_space, 'mapping');
  const seen = run(function* (c) {
    yield* store(c, xa, 512 + 7, 0, xa_mk_value(7));
    const xas = XA_STATE_ORDER(xa, 512, 9);
    yield* xas_lock(c, xas);
    yield* xas_create_range(c, xas);
    yield* xas_unlock(c, xas);
    expect(xas_error(xas)).toBe(0);
    const walker = XA_STATE(xa, 512);
    const found: number[] = [];
    for (let i = 512; i < 1024; i++) {
      const e = yield* xas_next(c, walker);
      expect(walker.xa_index).toBe(i);
      if (e !== 0) found.push(walker.xa_index);
    }
    return found;
  });
  expect(seen).toEqual([519]);
});
