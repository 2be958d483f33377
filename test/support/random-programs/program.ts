// SPDX-License-Identifier: GPL-2.0-only
/** Random programs: what is drawn of them. What a step means where it stands is decided when it is performed. */
import fc from 'fast-check';

const OPS = {
  mmap: 3,
  munmap: 2,
  mprotect: 4,
  mremap: 4,
  write: 6,
  store: 9,
  read: 5,
  madvise: 13,
  collapse: 9,
  khugepaged: 5,
  fwrite: 3,
  fpunch: 2,
  ftrunc: 2,
  fork: 4,
  exit: 1,
  mlock: 2,
  munlock: 2,
  pin: 2,
  unpin: 1,
  uffd: 1,
  threads: 1,
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
  steps: Step[];
}

const place = fc
  .tuple(fc.nat(2), fc.oneof({ weight: 3, arbitrary: fc.constantFrom(0, 0, 0, 1, 2, 3, 510, 511) }, { weight: 1, arbitrary: fc.nat(511) }))
  .map(([extent, page]) => extent * 512 + page);
const length = fc.constantFrom(1, 1, 2, 3, 4, 8, 12, 64, 512, 512, 512, 1024, 1536);

const step: fc.Arbitrary<Step> = fc.record({
  op: fc.oneof(...Object.entries(OPS).map(([op, weight]) => ({ weight, arbitrary: fc.constant(op as StepName) }))),
  who: fc.nat(5),
  from: place,
  n: length,
  to: place,
  seed: fc.integer({ min: 1, max: 99 }),
  word: fc.constantFrom(0, 1, 511, 1023),
  choice: fc.nat(9999),
});

const kind = fc.constantFrom('memfd', 'always', 'advise', 'within_size', 'never');
const size = fc.constantFrom(3, 8, 512, 520, 1024, 1536);

/** @param most steps */
export const program = (most: number): fc.Arbitrary<Program> =>
  fc.record({
    kinds: fc.tuple(kind, kind),
    sizes: fc.tuple(size, size, size),
    steps: fc.array(step, { minLength: 4, maxLength: most, size: 'max' }),
  });
