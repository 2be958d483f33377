// SPDX-License-Identifier: GPL-2.0-only
/** The lint of the erasable subset: clean on the real tree, and it sees generator functions through imports. */
import { describe, expect, test } from 'vitest';
import { formatFinding } from '../../src/build/rules.mjs';
import { checkSubset, readErasedFiles } from '../../src/build/subset.mjs';

const OPS = { path: 'cpu/ops.ts', code: 'export function now(c) {}\nexport function* load(c) { yield; }\nexport function peek(c) {}\n' };
const KERNEL = 'src/kernel/mm/gup.ts';

function lint(code: string, ...others: { path: string; code: string }[]): string[] {
  return checkSubset([OPS, ...others, { path: KERNEL, code }]).map(formatFinding);
}

test('the real tree is inside the erasable subset', () => {
  expect(checkSubset(readErasedFiles()).map(formatFinding)).toEqual([]);
});

describe('a generator function of another file, called without yield*, is found', () => {
  const message = 'is a generator function: without yield* the call does nothing.';

  test('by its name', () => {
    expect(lint("import { load } from '../../../cpu/ops.ts';\nload(1);")).toEqual([`${KERNEL}:2:1: load() ${message}`]);
  });

  test('under another name', () => {
    expect(lint("import { load as l } from '../../../cpu/ops.ts';\nl(1);")).toEqual([`${KERNEL}:2:1: l() ${message}`]);
  });

  test('through a namespace', () => {
    expect(lint("import * as ops from '../../../cpu/ops.ts';\nops.load(1);\nops.peek(1);")).toEqual([`${KERNEL}:2:1: load() ${message}`]);
  });

  test('through a module that passes it on', () => {
    const barrel = { path: 'cpu/all.ts', code: "export * from './ops.ts';" };
    expect(lint("import { load } from '../../../cpu/all.ts';\nload(1);", barrel)).toEqual([`${KERNEL}:2:1: load() ${message}`]);
  });

  test('exported under another name', () => {
    const other = { path: 'src/kernel/mm/rmap.ts', code: 'function* walk() {}\nexport { walk as page_vma_mapped_walk };' };
    expect(lint("import { page_vma_mapped_walk as w } from './rmap.ts';\nw();", other)).toEqual([`${KERNEL}:2:1: w() ${message}`]);
  });
});

test('a plain function may have the name of a generator function elsewhere', () => {
  const other = { path: 'src/kernel/mm/load.ts', code: 'export function load() {}' };
  expect(lint("import { load } from './load.ts';\nload();", other)).toEqual([]);
});

test('imported generator functions with yield*, plain ones without, are fine', () => {
  expect(lint("import { load, peek } from '../../../cpu/ops.ts';\nexport function* f(c) { peek(c); return yield* load(c); }")).toEqual([]);
});
