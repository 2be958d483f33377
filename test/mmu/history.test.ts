// SPDX-License-Identifier: GPL-2.0-only
/**
 * The history of one entry: its values, newest first, each with the time in which it was there.
 * Time budget: 1 s.
 */
import { expect, test } from 'vitest';
import { createEntryLog, logEntry } from '../../mmu/entry-log.ts';
import { History } from '../../mmu/history.ts';
import { NEVER } from '../../mmu/invalidations.ts';
import type { Ptr } from '../../mmu/types.ts';

const ENTRY = 10 as Ptr;
const rows = (h: History): number[][] => Array.from({ length: h.n }, (_, i) => [h.lo[i]!, h.hi[i]!, h.from[i]!, h.until[i]!]);

test('an entry that has not changed holds what memory holds, since ever and for ever', () => {
  const h = new History();
  h.read(
    ENTRY,
    createEntryLog(),
    Int32Array.from({ length: 12 }, (_, i) => i),
  );
  expect(rows(h)).toEqual([[10, 11, -1, NEVER]]);
});

test('each value ends where the next begins, and other entries are not looked at', () => {
  const log = createEntryLog();
  logEntry(log, ENTRY, 3, 1, 2, 5, 6);
  logEntry(log, 12 as Ptr, 4, 0, 0, 9, 9);
  logEntry(log, ENTRY, 7, 5, 6, 0, 6);
  const h = new History();
  h.read(ENTRY, log, new Int32Array(16));
  expect(rows(h)).toEqual([
    [0, 6, 7, NEVER],
    [5, 6, 3, 7],
    [1, 2, -1, 3],
  ]);
});

test('a value that the same event replaces was there at no time', () => {
  const log = createEntryLog();
  logEntry(log, ENTRY, 3, 0, 0, 1, 0);
  logEntry(log, ENTRY, 3, 1, 0, 1, 1);
  const h = new History();
  h.read(ENTRY, log, new Int32Array(16));
  expect(rows(h)).toEqual([
    [1, 1, 3, NEVER],
    [0, 0, -1, 3],
  ]);
});

test('a history has no end', () => {
  const log = createEntryLog();
  for (let i = 0; i < 100; i++) logEntry(log, ENTRY, i, i, 0, i + 1, 0);
  const h = new History();
  h.read(ENTRY, log, new Int32Array(16));
  expect(h.n).toBe(101);
  expect(rows(h)[100]).toEqual([0, 0, -1, 0]);
});
