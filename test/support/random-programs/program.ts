// SPDX-License-Identifier: GPL-2.0-only
/** Random programs: what is drawn of them. What a step means where it stands is decided when it is performed. */
import fc from 'fast-check';

const OPS = {
  mmap: 1,
  munmap: 1,
  mprotect: 3,
  mremap: 3,
  write: 6,
  store: 10,
  read: 4,
  madvise: 13,
  collapse: 14,
  khugepaged: 7,
  fwrite: 3,
  fpunch: 1,
  ftrunc: 1,
  fork: 4,
  exit: 1,
  mlock: 1,
  munlock: 1,
  pin: 2,
  unpin: 2,
  uffd: 1,
  threads: 2,
  join: 1,
  set: 3,
} as const;

export type StepName = keyof typeof OPS;

export interface Step {
  op: StepName;
  who: number;
  /** Pages from H0 on. */
  from: number;
  n: number;
  to: number;
  seed: number;
  word: number;
  /** Whatever else there is to choose. */
  choice: number;
}

export interface Program {
  /** Of the files F0 and F1; F2 is of a ramfs. */
  kinds: [string, string];
  sizes: [number, number, number];
  /** What the first process maps and writes at first. */
  layout: Step[];
  /** Whether khugepaged looks at processes that have not asked for it. */
  always: boolean;
  steps: Step[];
}

const place = fc
  .tuple(
    fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 1, 1, 2),
    fc.oneof({ weight: 3, arbitrary: fc.constantFrom(0, 0, 0, 1, 2, 3, 510, 511) }, { weight: 1, arbitrary: fc.nat(511) }),
  )
  .map(([extent, page]) => extent * 512 + page);
const length = fc.constantFrom(1, 1, 2, 3, 4, 8, 12, 64, 512, 512, 1024);

const OF_ANY_KIND = fc.oneof(...Object.entries(OPS).map(([op, weight]) => ({ weight, arbitrary: fc.constant(op as StepName) })));

const fields = {
  who: fc.nat(5),
  from: place,
  n: length,
  to: place,
  seed: fc.integer({ min: 1, max: 99 }),
  word: fc.constantFrom(0, 1, 511, 1023),
  choice: fc.nat(9999),
};
const step: fc.Arbitrary<Step> = fc.record({ ...fields, op: OF_ANY_KIND });
const mapping = (extent: number): fc.Arbitrary<Step> =>
  fc.record({ ...fields, op: fc.constant<StepName>('mmap'), from: fc.constant(extent * 512), n: fc.constant(512), word: fc.constant(0) });
const writing = (extent: number): fc.Arbitrary<Step> =>
  fc.record({ ...fields, op: fc.constant<StepName>('store'), from: fc.constant(extent * 512), n: fc.constantFrom(1, 3, 8, 512) });

const kind = fc.constantFrom('memfd', 'always', 'advise', 'within_size', 'never');
const size = fc.constantFrom(1536, 1536, 1536, 1024, 512, 520, 8);

/** @param most steps */
export const program = (most: number): fc.Arbitrary<Program> =>
  fc.record({
    kinds: fc.tuple(kind, kind),
    sizes: fc.tuple(size, size, size),
    layout: fc.tuple(mapping(0), mapping(1), mapping(2), writing(0), writing(1)),
    always: fc.boolean(),
    steps: fc.array(step, { minLength: 6, maxLength: most, size: 'max' }),
  });
