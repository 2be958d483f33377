// SPDX-License-Identifier: GPL-2.0-only
/**
 * The host is asked for half as much until it gives something, or has nothing worth having.
 * Time budget: 1 s.
 */
import { expect, test } from 'vitest';
import { room } from '../../src/host/room.ts';

/** A host that gives so many words at most; what it is asked for is noted. */
function host(most: number, asked: number[]): (words: number) => Int32Array {
  return (words) => {
    asked.push(words);
    if (words > most) throw new RangeError('Array buffer allocation failed');
    return new Int32Array(1);
  };
}

const powers = (from: number, to: number): number[] => Array.from({ length: from - to + 1 }, (_, i) => 2 ** (from - i));

test('the largest array is asked for first, and half of it as long as it is refused', () => {
  for (const [most, last] of [
    [2 ** 40, 32],
    [2 ** 32 - 1, 31],
    [2 ** 28, 28],
    [2 ** 24, 24],
  ] as const) {
    const asked: number[] = [];
    expect(room(host(most, asked), 2 ** 40)).toHaveLength(1);
    expect(asked).toEqual(powers(32, last));
  }
});

test('no more is asked for than there is memory', () => {
  const asked: number[] = [];
  room(host(2 ** 40, asked), 2 ** 30);
  expect(asked).toEqual([2 ** 30]);
});

test('less than 64 MiB is not asked for: the refusal is passed on', () => {
  const asked: number[] = [];
  expect(() => room(host(2 ** 24 - 1, asked), 2 ** 40)).toThrow(new RangeError('Array buffer allocation failed'));
  expect(asked).toEqual(powers(32, 24));
});

test('an error of another kind is passed on at once', () => {
  const asked: number[] = [];
  const make = (words: number): Int32Array => {
    asked.push(words);
    throw new TypeError('no');
  };
  expect(() => room(make)).toThrow(new TypeError('no'));
  expect(asked).toEqual([2 ** 32]);
});

test('this host gives room that is all zero, and shared', () => {
  const words = room();
  expect(words.length).toBeGreaterThanOrEqual(2 ** 24);
  expect(words.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect([words[0], words[words.length >>> 1], words[words.length - 1]]).toEqual([0, 0, 0]);
});
