// SPDX-License-Identifier: GPL-2.0-only
/**
 * Lockless reads of an entry, half by half: a torn pair is a finding where it is used, and only counted where it is thrown away; and the
 * exploration tells apart what decides whether a pair is torn.
 * Time budget: 1 s.
 */
import { describe, expect, test } from 'vitest';
import { CHANGED_DURING_READ, entryReadBegin, entryReadEnd, entryUse, TORN_DISCARDED } from '../../cpu/entry-read.ts';
import { load, store, store64, storeHalf, waitLoad, xchg64 } from '../../cpu/ops.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { ANON, PTE_TABLE, setFrame } from '../../mmu/frames.ts';
import { writeWord } from '../../mmu/journal.ts';
import { backFrame, frameOfSlot } from '../../mmu/phys-mem.ts';
import { NULL, type Pfn, type Ptr } from '../../mmu/types.ts';
import { type Explored, explore, small } from '../support/explore.ts';

interface Case {
  /** What the entry holds at first. */
  image: readonly [number, number];
  writer: (c: Vcpu, entry: Ptr, flag: Ptr) => Code;
  /** The reader begins when the flag is 1. */
  waits?: boolean;
  uses?: boolean;
  kind?: number;
  /** What the reader does with the pair; left out, the pair is used or thrown away. */
  seen?: (lo: number, hi: number) => void;
}

function run({ image, writer, waits, uses = true, kind = PTE_TABLE, seen }: Case): Explored & { pairs: string[] } {
  const { m, mem, at } = small({ cpus: 2, frames: 2 });
  const slot = backFrame(mem, 0x100 as Pfn);
  const entry = (frameOfSlot(mem, slot) + 10) as Ptr;
  m.boot(() => {
    setFrame(mem, slot, kind, NULL, 0);
    writeWord(mem, entry, image[0]);
    writeWord(mem, (entry + 1) as Ptr, image[1]);
    return [][Symbol.iterator]() as never;
  });
  let pair = '';
  m.programs = [
    [(c) => writer(c, entry, at[0]!)],
    [
      function* (c) {
        if (waits) yield* waitLoad(c, at[0]!, -1, 1);
        entryReadBegin(c, entry);
        const lo = yield* load(c, entry);
        const hi = yield* load(c, (entry + 1) as Ptr);
        pair = `${lo.toString(16)} ${hi.toString(16)}`;
        entryReadEnd(c, lo, hi);
        seen?.(lo, hi);
        if (uses) entryUse(c, lo, hi, 'its frame is mapped');
      },
    ],
  ];
  const result = explore(m, () => pair);
  return { ...result, pairs: result.states };
}

const replaceAtOnce: Case = {
  image: [0x1067, 1],
  writer: function* (c, entry) {
    yield* store64(c, entry, 0x2067, 2);
  },
};

describe('a pair that mixes two values', () => {
  test('is reported where it is used, with the frame that it names', () => {
    const { violations, summaries, pairs } = run(replaceAtOnce);
    expect(pairs).toEqual(['1067 1', '1067 2', '2067 2']);
    expect(violations).toEqual(['torn-pair']);
    expect(summaries).toEqual([
      "0x2'00001067 was held by the entry at no instant of the read, and its frame is mapped: frame 0x200001 (no memory there)",
    ]);
  });

  test('is only counted where it is thrown away', () => {
    const { violations, witnesses } = run({ ...replaceAtOnce, uses: false });
    expect(violations).toEqual([]);
    expect(witnesses).toEqual([CHANGED_DURING_READ, TORN_DISCARDED]);
  });

  test('is not torn if the entry held the mixture as well', () => {
    const { violations, witnesses } = run({
      image: [0x1067, 1],
      writer: function* (c, entry) {
        yield* store64(c, entry, 0x1067, 2);
      },
    });
    expect(violations).toEqual([]);
    expect(witnesses).toEqual([CHANGED_DURING_READ]);
  });

  test('is torn although it equals a value that the entry held before the read began', () => {
    const later = (waits: boolean) =>
      run({
        image: [0x1067, 2],
        waits,
        writer: function* (c, entry, flag) {
          yield* store64(c, entry, 0x1067, 3);
          yield* store(c, flag, 1);
          yield* store64(c, entry, 0x9067, 2);
        },
      });
    expect(later(true).violations).toEqual(['torn-pair']);
    // Where the read may begin while the old value is still there, the same pair is also read untorn; the torn read is there too.
    expect(later(false).violations).toEqual(['torn-pair']);
  });

  test('with a low half of 0 is none, whatever the high half', () => {
    const { violations, witnesses, pairs } = run({
      image: [0x1067, 1],
      writer: function* (c, entry) {
        yield* xchg64(c, entry, 0, 0);
        yield* storeHalf(c, (entry + 1) as Ptr, 2);
        yield* store(c, entry, 0x2067);
      },
    });
    expect(pairs).toContain('0 2');
    expect(pairs).toContain('1067 0');
    expect(violations).toEqual(['torn-pair']); // the old low half with an empty or a new high half
    expect(witnesses).toContain(TORN_DISCARDED);
  });
});

describe('a writer that stores half by half', () => {
  const halves = (first: typeof store): Case => ({
    image: [0x1067, 1],
    writer: function* (c, entry) {
      yield* first(c, (entry + 1) as Ptr, 2);
      yield* store(c, entry, 0x2067);
    },
  });

  test('means only the value that the second store completes', () => {
    expect(run(halves(storeHalf)).violations).toEqual(['torn-pair']);
    expect(run(halves(store)).violations).toEqual([]);
  });
});

describe('the order of a load of one half and a store to the other', () => {
  const classes = (kind: number): number =>
    run({
      image: [0x1067, 1],
      kind,
      uses: false,
      writer: function* (c, entry) {
        yield* store(c, entry, 0x2067);
      },
    }).stats.executions;

  test('matters in a page table, and nowhere else', () => {
    expect(classes(PTE_TABLE)).toBe(3);
    expect(classes(ANON)).toBe(2);
  });
});
