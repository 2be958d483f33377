// SPDX-License-Identifier: GPL-2.0-only
/** What 1d65b771bc08 says of itself, measured on v6.5 and v6.6, as text. The same on every machine. */
import type { Release } from '../../src/kernel/changes.ts';
import { retract_page_tables } from '../../src/kernel/mm/khugepaged/retract_page_tables.ts';
import { retract_page_tables_6_5 } from '../../src/kernel/mm/khugepaged/retract_page_tables_6_5.ts';
import { type Habit, type Result, simulate } from './simulate.ts';

const RELEASES = ['6.5', '6.6'] as const satisfies readonly Release[];
const PROCESSES = 8;
const HOLDERS = [0, 2, 4, 6, 8];

/** `n` with a habit, the last ones; the file is collapsed for the first process. */
export const crowd = (habit: Habit, n: number): Habit[] =>
  Array.from({ length: PROCESSES }, (_, i) => (i >= PROCESSES - n ? habit : 'rest'));

const line = (about: string, ...values: (string | number)[]): string =>
  `${about.padEnd(68)}${values.map((v) => String(v).padStart(8)).join('')}\n`;

/** What 6.5 answered for the one table that MADV_COLLAPSE waits for; 6.6 answers nothing. */
const CODES = ['SCAN_FAIL', 'SCAN_PTE_MAPPED_HUGEPAGE', 'SCAN_PAGE_ANON', 'SCAN_ANY_PROCESS', 'SCAN_PTE_UFFD_WP', 'SCAN_SUCCEED'];

/** Of a function of the port without the first one, which says who calls. */
const parameters = (f: (...args: never[]) => unknown): number =>
  f
    .toString()
    .replace(/\)[\s\S]*/, '')
    .split(',')
    .filter((text) => text.trim() !== '').length - 1;

const WAITS: readonly (readonly [Habit, number, string])[] = [
  ['fault', PROCESSES, `${PROCESSES} that fault (mmap_lock, reading)`],
  ['mmap', PROCESSES, `${PROCESSES} that mmap() (mmap_lock, writing)`],
  ['truncate', PROCESSES, `${PROCESSES} that truncate (i_mmap_rwsem, reading)`],
  ['munmap', 1, 'one that unmaps (i_mmap_rwsem, writing)'],
];

/** All of it, or the rows of some numbers of processes that hold mmap_lock, and of some habits. */
export function claimsTable(holders = HOLDERS, habits: readonly Habit[] = WAITS.map(([habit]) => habit)): string {
  const each = (habits: readonly Habit[]): Result[] => RELEASES.map((release) => simulate(release, habits));
  let text = line('', ...RELEASES);
  for (const n of holders) {
    const share = each(crowd('hold', n)).map(({ retracted }) => retracted.toFixed(3));
    text += line(`share of ${PROCESSES} page tables retracted, mmap_lock of ${n} held`, ...share);
  }
  for (const [habit, n, about] of WAITS.filter(([habit]) => habits.includes(habit))) {
    const results = each(crowd(habit, n)).map((result) => result.waits.get(habit)!);
    text += line(`longest wait of ${about}`, ...results.map(({ longest }) => longest));
    text += line('  and all of their waits together', ...results.map(({ total }) => total));
  }
  text += line('arguments of retract_page_tables()', parameters(retract_page_tables_6_5), parameters(retract_page_tables));
  return text + line('result codes of its own', CODES.length, 0);
}
