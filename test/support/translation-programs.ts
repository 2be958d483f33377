// SPDX-License-Identifier: GPL-2.0-only
/**
 * Small programs on page tables, as data: two machines that know nothing of each other run them, and fast-check shrinks them. One page directory
 * entry, which can lead to either of two page tables or to a large page; two pages; six frames.
 *
 *   0, 1       words that no page maps
 *   2 to 7     the first words of the frames
 *   8 to 15    PTEs, 8 + 4 * table + 2 * page, low half first
 *   16, 17     the PDE
 */
import fc from 'fast-check';

export type TranslationOp =
  | { op: 'store'; w: number; v: number }
  | { op: 'load'; w: number; r: number }
  | { op: 'xchg'; w: number; v: number; r: number }
  | { op: 'store64' | 'xchg64'; w: number; lo: number; hi: number }
  | { op: 'read'; page: number; user: boolean; r: number }
  | { op: 'write'; page: number; user: boolean; v: number; r: number }
  | { op: 'invlpg'; page: number }
  | { op: 'movCr3' | 'fence' | 'cli' | 'sti' }
  | { op: 'ipi' | 'ipiX2apic'; to: number };

export interface TranslationProgram {
  /** Of all words. */
  init: number[];
  cpus: TranslationOp[][];
  handlers: TranslationOp[][] | null;
  /** CR4.PGE */
  global: boolean;
}

export const WORDS = 18;
export const PDE = 16;
export const REGISTERS = 3;
/** A PTE whose high half is 1 leads to the third and fourth; a large page has the last two. */
export const FRAMES = [1, 2, 0x100001, 0x100002, 0x200, 0x201];
export const TABLES = [0x10, 0x11];

/** A register of an access that faults holds this and the error code. */
export const FAULTED = 0xf000;

const [P, W, U, A, D, PS, G] = [1, 2, 4, 0x20, 0x40, 0x80, 0x100];
const FULL = P | W | U | A | D;
const RESERVED_HIGH = 0x10;

const frames = (...flags: number[]): number[] => [1, 2].flatMap((frame) => flags.map((f) => (frame << 12) | f));
const large = (...flags: number[]): number[] => flags.map((f) => (0x200 << 12) | PS | f);
const tables = (...flags: number[]): number[] => TABLES.flatMap((table) => flags.map((f) => (table << 12) | f));

const PTES = [0, 0, ...frames(FULL, FULL, FULL, FULL & ~W, FULL & ~D, FULL & ~D & ~A, FULL & ~U, FULL | G)];
const PDES = [0, 0, ...tables(FULL & ~D, FULL & ~D, P | U | A, P | W | U), ...large(FULL, FULL & ~D, FULL & ~D & ~A, FULL | G)];

type Arb = fc.Arbitrary<TranslationOp>;
const op = <T extends string>(...names: T[]): fc.Arbitrary<T> => fc.constantFrom(...names);
const any = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const twice = <T>(x: T): [T, T] => [x, x];

const r = fc.nat(REGISTERS - 1);
const page = any(0, 0, 1);
const value = any(1, 2);
const pteWord = any(8, 8, 8, 10, 12, 14);
const plain = any(0, 1, 0, 1, 2, 3, 6);

const read: Arb = fc.record({ op: op('read'), page, user: any(false, false, true), r });
const write: Arb = fc.record({ op: op('write'), page, user: any(false, false, true), v: value, r });
const invlpg: Arb = fc.record({ op: op('invlpg'), page });
const movCr3: Arb = fc.constant({ op: 'movCr3' });
const store = (w: fc.Arbitrary<number>, values: number[]): Arb => fc.record({ op: op('store'), w, v: any(...values) });
const ipi = (to: fc.Arbitrary<number>): Arb => fc.record({ op: op('ipi', 'ipiX2apic'), to });

/** Steps of one CPU, one at a time: tables change, accesses are made, translations are dropped. */
export const mixedSteps = (): { init: fc.Arbitrary<number[]>; step: fc.Arbitrary<TranslationOp> } => ({
  init: mixed,
  step: fc.oneof(...accesses, ...accesses, ...changes(pteWord, PTES).slice(0, 2), ...pdes.slice(0, 2), halves[0]!, ...drops),
});

const accesses = [read, write, read];
const words: Arb[] = [
  fc.record({ op: op('store'), w: plain, v: value }),
  fc.record({ op: op('load'), w: plain, r }),
  fc.constant({ op: 'fence' }),
];
const changes = (w: fc.Arbitrary<number>, values: number[]): Arb[] => [
  ...twice(store(w, values)),
  fc.record({ op: op('xchg'), w, v: any(...values), r }),
  fc.record({ op: op('load'), w, r }),
];
const ptes = changes(pteWord, PTES);
const pdes = changes(fc.constant(PDE), PDES);
const high = any(0, 0, 0, 0, 1, 1, 1, RESERVED_HIGH);
const halves: Arb[] = [
  store(
    pteWord.map((w) => w + 1),
    [0, 0, 0, 0, 1, 1, 1, RESERVED_HIGH],
  ),
  fc.record({ op: op('store64', 'xchg64'), w: pteWord, lo: any(...PTES), hi: high }),
];
const drops = [...twice(invlpg), movCr3];
const interrupts: Arb[] = [...twice(ipi(fc.nat(1))), fc.constant({ op: 'cli' }), fc.constant({ op: 'sti' })];

/** All words, of PTEs and a PDE like these. */
const memory = (pde: fc.Arbitrary<number>, low: number[], highs: number[]): fc.Arbitrary<number[]> =>
  fc
    .record({
      pde,
      low: fc.tuple(...Array.from({ length: 4 }, () => any(...low))),
      hi: fc.tuple(...Array.from({ length: 4 }, () => any(...highs))),
    })
    .map(({ pde: d, low: l, hi }) => [0, 0, 10, 20, 30, 40, 50, 60, ...l.flatMap((lo, i) => [lo, hi[i]!]), d, 0]);

const TABLE = tables(FULL & ~D)[0]!;
const mixed = memory(any(TABLE, TABLE, TABLE, ...PDES), PTES, [0, 0, 0, 1]);

const code = (ops: Arb[], longest: number): fc.Arbitrary<TranslationOp[]> =>
  fc.array(fc.oneof(...ops), { minLength: 1, maxLength: longest, size: 'max' });

/** Two CPUs with at most four operations each, or three with two. */
const programs = (ops: Arb[], init = mixed, global = fc.boolean()): fc.Arbitrary<TranslationProgram> =>
  fc.record({
    init,
    cpus: fc
      .array(code(ops, 4), { minLength: 2, maxLength: 3, size: 'max' })
      .map((all) => (all.length === 3 ? all.map((c) => c.slice(0, 2)) : all)),
    handlers: fc.constant(null),
    global,
  });

export const FAMILIES = {
  'entries and invalidations': programs([...accesses, ...words, ...ptes, ...drops]),
  'halves of entries': programs([...accesses, ...words, ...ptes, ...halves, ...drops]),
  'two page tables and a large page': programs([...accesses, ...words, ...ptes, ...pdes, ...drops]),
  'paging-structure caches': programs(
    [
      ...twice(read),
      ...twice(store(fc.constant(PDE), [0, ...tables(FULL & ~D), ...large(FULL)])),
      store(any(8, 10, 12, 14), [0, ...frames(FULL)]),
      invlpg,
    ],
    memory(fc.constant(TABLE), [0, ...frames(FULL)], [0]),
  ),
  'pieces of a large page': programs(
    [read, write, ...twice(store(fc.constant(PDE), [0, TABLE, ...large(FULL, FULL & ~W)])), ...twice(invlpg)],
    memory(any(TABLE, ...twice(large(FULL)[0]!)), [0, ...frames(FULL)], [0]),
  ),
  'global pages': programs(
    [
      ...twice(read),
      store(any(8, 10), [0, ...frames(FULL | G)]),
      store(fc.constant(PDE), [...large(FULL | G), TABLE]),
      movCr3,
      movCr3,
      invlpg,
    ],
    memory(any(TABLE, ...large(FULL | G)), frames(FULL, FULL | G), [0]),
  ),
  shootdowns: fc.record({
    init: mixed,
    cpus: fc.tuple(
      code([read, write], 2),
      code([store(fc.constant(8), PTES), store(fc.constant(PDE), tables(FULL & ~D)), ...twice(ipi(fc.constant(0)))], 3),
    ),
    handlers: fc.tuple(code(drops, 1), fc.constant<TranslationOp[]>([])),
    global: fc.boolean(),
  }),
  'everything, and interrupts': fc.record({
    init: mixed,
    cpus: fc.tuple(
      ...twice(code([...accesses, ...accesses, ...words, ...ptes, ...halves, ...pdes, ...drops, ...interrupts, ...interrupts], 4)),
    ),
    handlers: fc.tuple(...twice(code([...words, ...ptes, ...pdes, ...drops, ...drops], 2))),
    global: fc.boolean(),
  }),
} satisfies Record<string, fc.Arbitrary<TranslationProgram>>;
