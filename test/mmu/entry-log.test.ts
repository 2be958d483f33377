// SPDX-License-Identifier: GPL-2.0-only
/**
 * What it means that a pair was held: at some instant from the first load of a read to its last, and at no other time.
 * Time budget: 1 s.
 */
import { describe, expect, test } from 'vitest';
import { changedWithin, createEntryLog, type EntryLog, logEntry, logImage, wasHeld } from '../../mmu/entry-log.ts';
import type { Ptr } from '../../mmu/types.ts';

const ENTRY = 100 as Ptr;
const OTHER = 102 as Ptr;

/** An entry that holds (1, 1) at first, (0, 0) from event 10, (2, 2) from event 20, and (1, 1) again from event 30. */
function history(): EntryLog {
  const log = createEntryLog();
  logEntry(log, ENTRY, 10, 1, 1, 0, 0);
  logEntry(log, OTHER, 15, 9, 9, 8, 8);
  logEntry(log, ENTRY, 20, 0, 0, 2, 2);
  logEntry(log, ENTRY, 30, 2, 2, 1, 1);
  return log;
}

const held = (from: number, to: number, lo: number, hi: number): boolean => wasHeld(history(), ENTRY, from, to, lo, hi, 1, 1);

describe('a pair was held', () => {
  test('if it is the value that the first load found, or one that followed before the last', () => {
    expect(held(5, 6, 1, 1)).toBe(true);
    expect(held(5, 15, 1, 1)).toBe(true);
    expect(held(5, 15, 0, 0)).toBe(true);
    expect(held(15, 25, 2, 2)).toBe(true);
    expect(held(5, 35, 2, 2)).toBe(true);
  });

  test('not if it mixes two values', () => {
    expect(held(5, 25, 1, 2)).toBe(false);
    expect(held(5, 25, 2, 1)).toBe(false);
    expect(held(15, 25, 2, 0)).toBe(false);
  });

  test('not if it was gone before the first load, or came after the last: an equal value at another time does not count', () => {
    expect(held(12, 18, 1, 1)).toBe(false); // dead since event 10
    expect(held(21, 25, 0, 0)).toBe(false);
    expect(held(5, 15, 2, 2)).toBe(false); // held from event 20
    expect(held(12, 35, 1, 1)).toBe(true); // back since event 30
  });

  test('by an entry that has not changed, if it holds it now', () => {
    const log = createEntryLog();
    expect(wasHeld(log, ENTRY, 1, 2, 5, 6, 5, 6)).toBe(true);
    expect(wasHeld(log, ENTRY, 1, 2, 5, 7, 5, 6)).toBe(false);
  });

  test('whether its words are written signed or unsigned', () => {
    const log = createEntryLog();
    logEntry(log, ENTRY, 10, 0, 0, 0x80000001 | 0, 0);
    expect(wasHeld(log, ENTRY, 5, 15, 0x80000001, 0, 0, 0)).toBe(true);
  });
});

test('an entry changed during a read only strictly between its first and last load', () => {
  const log = history();
  expect([changedWithin(log, ENTRY, 5, 15), changedWithin(log, ENTRY, 11, 19), changedWithin(log, ENTRY, 14, 16)]).toEqual([
    true,
    false,
    false,
  ]);
});

test('the value before a first change by halves is the one that the image held', () => {
  const log = createEntryLog();
  logImage(log, ENTRY, 1, 1);
  logImage(log, ENTRY, 1, 2); // half-way
  logEntry(log, ENTRY, 20, 1, 2, 2, 2);
  expect([wasHeld(log, ENTRY, 5, 15, 1, 1, 2, 2), wasHeld(log, ENTRY, 5, 15, 1, 2, 2, 2)]).toEqual([true, false]);
});

test('the log has no end', () => {
  const log = createEntryLog();
  for (let i = 0; i < 3000; i++) logEntry(log, (200 + 2 * i) as Ptr, i, 0, 0, i, i);
  expect(wasHeld(log, 200 as Ptr, -1, 0, 0, 0, 0, 0)).toBe(true);
  expect(wasHeld(log, (200 + 2 * 2999) as Ptr, 2998, 3000, 2999, 2999, 0, 0)).toBe(true);
});
