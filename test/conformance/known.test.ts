// SPDX-License-Identifier: GPL-2.0-only
/** Why cases of known.ts cannot agree: no state of swap at the start of a case gives every count that was recorded. Budget: 1 s. */
import { expect, test } from 'vitest';
import { KNOWN } from '../../src/conformance/collapse/known.ts';
import { __swapin_nr_pages } from '../../src/kernel/mm/swap_state/swap_ra_info.ts';
import { caseNamed } from './collapse-cases.ts';

interface Start {
  slot: number;
  hits: number;
  window: number;
}

/** Pages that are read ahead when n slots in a row are wanted one after the other. */
function readAhead(n: number, { slot, hits, window }: Start): number {
  const end = slot + n;
  let ahead = 0;
  let prev = -9; // not a neighbour
  let known = slot;
  for (let wanted = slot; wanted < end; wanted++) {
    if (wanted < known) {
      hits++; // it was read ahead
      continue;
    }
    const pages = __swapin_nr_pages(prev, wanted, hits, window);
    if (hits === 0) prev = wanted;
    hits = 0;
    window = pages;
    known = Math.min((wanted | (pages - 1)) + 1, end);
    ahead += known - wanted - 1;
  }
  return ahead;
}

const starts: Start[] = [];
for (let slot = 1; slot <= 64; slot++)
  for (let hits = 0; hits <= 8; hits++) for (const window of [0, 1, 2, 4, 8]) starts.push({ slot, hits, window });

/** Of a recorded case. */
const recorded = (id: string): number => caseNamed(id).ops.find(({ vmstat }) => vmstat?.swap_ra !== undefined)!.vmstat!.swap_ra!;

test('each count is that of some start, and no start gives all of them', () => {
  const counts: [number, number][] = [
    [64, recorded('shmem.madvise.max_swap_at')],
    [32, recorded('multi.madvise.swapped_shared')],
    [511, recorded('shmem.madvise.max_swap_all_but_one')],
  ];
  for (const [n, count] of counts) expect(starts.some((start) => readAhead(n, start) === count)).toBe(true);
  expect(starts.filter((start) => counts.every(([n, count]) => readAhead(n, start) === count))).toEqual([]);
  expect(starts.some((start) => counts.slice(0, 2).every(([n, count]) => readAhead(n, start) === count))).toBe(true);
});

test('every case that cannot agree is there', () => {
  for (const id of Object.keys(KNOWN)) expect(caseNamed(id).id).toBe(id);
});
