// SPDX-License-Identifier: GPL-2.0-only
/** A machine of 10 MiB runs out of memory: who asks is refused or killed, and the others go on. Budget: 3 s. */
import { expect, test } from 'vitest';
import { audit } from '../../src/invariants/audit.ts';
import { parseOperation } from '../../src/workload/parse.ts';
import { Performer } from '../../src/workload/perform.ts';
import { rootsOf } from '../../src/workload/roots.ts';
import { DEFAULTS, World, worldMemory } from '../../src/workload/world.ts';

const MIB = 2 ** 20;

/** The error of each line, or '-', and who was killed. */
function errors(lines: readonly string[]): string[] {
  const memory = worldMemory(new Int32Array(new SharedArrayBuffer(2 ** 24)));
  const w = new World({ ...DEFAULTS, release: '6.6', bytes: 10 * MIB, swap: MIB }, memory);
  const performer = new Performer(w);
  return lines.map((line) => {
    const { err = '-', killed } = performer.perform(parseOperation(line, 'test'));
    if (err !== '-') expect(audit(w.k, rootsOf(w))).toEqual([]);
    return killed === undefined ? err : `${err} ${killed}`;
  });
}

const told = (steps: readonly (readonly [string, string])[]): void =>
  expect(errors(steps.map(([line]) => line))).toEqual(steps.map(([, err]) => err));

test('who touches more than there is gets killed, and its memory serves the next', () => {
  told([
    ['spawn P0 1', '-'],
    ['mmap P0 H0 100000 rw anon', 'ENOMEM'],
    ['mmap P0 H0 700 rw anon', '-'],
    ['mmap P0 H4 700 rw anon', '-'],
    ['write P0 H0 700 1', '-'],
    ['pin P0 H0 4', '-'],
    ['fork P0 P1', '-'],
    ['write P0 H4 700 2', 'SIGKILL P0'],
    ['madvise P0 H0 1 HUGEPAGE', 'ESRCH'],
    ['fork P0 P2', 'ESRCH'],
    ['read P2 H0 1', 'ESRCH'],
    ['exit P2', 'ESRCH'],
    ['verify P1 H0 700 1', '-'],
    ['write P1 H4 700 3', 'SIGKILL P1'],
    ['spawn P0 1', '-'],
    ['mmap P0 H0 700 rw anon', '-'],
    ['write P0 H0 700 4', '-'],
    ['extreme P0 H100', 'SIGKILL P0'],
  ]);
});

test('files, huge pages and page tables are refused where there is no memory', () => {
  told([
    ['file F0 memfd 2400', '-'],
    ['fwrite F0 0 2400 1', 'ENOMEM'],
    ['ftrunc F0 0', '-'],
    ['spawn P0 1', '-'],
    ['fwrite F0 0 800 1', '-'],
    ['mmap P0 H0 800 rw shared F0 0', '-'],
    ['madvise P0 H0 800 POPULATE_READ', '-'],
    ['collapse P0 H0 512', 'ENOMEM'],
    ['verify P0 H0 800 1', '-'],
  ]);
});
