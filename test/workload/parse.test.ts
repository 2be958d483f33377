// SPDX-License-Identifier: GPL-2.0-only
/** Workloads as text: what lines mean, and what is said about those that mean nothing. Budget: 1 s. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressText, parseAddress } from '../../src/workload/address.ts';
import { parseOperation, parseWorkload } from '../../src/workload/parse.ts';

describe('an address', () => {
  it('reads back as what it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xbffff }), (page) => {
        const address = page * 4096;
        expect(parseAddress(addressText(address))).toBe(address);
      }),
      { seed: 1 },
    );
  });

  it.each(['H', '0x40000001', '0xc0000000', '12', 'H1+', '0x'])('is not %s', (text) => {
    expect(parseAddress(text)).toBeNull();
  });
});

describe('a line', () => {
  it('is an operation with its arguments', () => {
    expect(parseOperation('M madvise P0 H1+100 64 DONTNEED', 'f:1')).toEqual({
      place: 'f:1',
      text: 'M madvise P0 H1+100 64 DONTNEED',
      name: 'madvise',
      measured: true,
      args: ['P0', 0x40264000, 64, 'DONTNEED'],
    });
  });

  it('is measured if it collapses', () => {
    expect(parseOperation('khugepaged', 'f:1').measured).toBe(true);
    expect(parseOperation('collapse P0 H0 512', 'f:1').measured).toBe(true);
    expect(parseOperation('read P0 H0 512', 'f:1').measured).toBe(false);
  });

  it.each([
    ['fly P0', "'fly' is no operation"],
    ['M', 'no operation'],
    ['spawn P0', 'spawn: cpu is missing'],
    ['spawn P0 0 1', "spawn: '1' is one word too many"],
    ['spawn Q 0', "spawn: process: 'Q' is not a process, as in P0"],
    ['read P0 H0 x', "read: count: 'x' is not a whole number up to 1048575"],
    ['mmap P0 H0 1 wr anon', "mmap: protection: 'wr' is not a protection: some of r, w and x in this order, or -"],
    ['mmap P0 H0 1 rw shared', 'mmap: file is missing'],
    ['mmap P0 H0 1 rw anon F0 0', "mmap: 'F0' is one word too many"],
    ['madvise P0 H0 1 SELL', "madvise: advice: 'SELL' is not one of HUGEPAGE,"],
    ['threads P0 6 spin', "threads: mask: '6' is not a mask of CPUs, as in 0x6"],
  ])('%s is refused', (line, message) => {
    expect(() => parseOperation(line, 'w.txt:7')).toThrow(`w.txt:7: ${message}`);
  });
});

describe('a workload', () => {
  it('is a list of cases', () => {
    const cases = parseWorkload('# two\ncase a\n  spawn P0 0 # first\nend\n\ncase b\nend\n', 'w');
    expect(cases.map(({ name, operations }) => [name, operations.map((o) => o.text)])).toEqual([
      ['a', ['spawn P0 0']],
      ['b', []],
    ]);
  });

  it.each([
    ['spawn P0 0', "w:1: 'spawn' stands outside of a case"],
    ['case a\ncase b', "w:2: case: 'a' has no end"],
    ['case\nend', 'w:1: case: a name is missing'],
    ['end', 'w:1: end: there is no case'],
    ['case a', "w: case 'a' has no end"],
    ['', 'w: there is no case in it'],
  ])('%j is refused', (text, message) => {
    expect(() => parseWorkload(text, 'w')).toThrow(message);
  });
});
