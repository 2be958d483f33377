// SPDX-License-Identifier: GPL-2.0-only
/** 200 processes on one file of 1 GiB, on a machine of 64 GiB: all of it is collapsed, and every page table is taken. Budget: 10 min. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../../src/build/erase.mjs';
import { command } from './support.ts';

const paelab = command();

it('docs/workloads/many.txt', async () => {
  const { code, stdout } = await paelab.run('run', join(ROOT, 'docs/workloads/many.txt'), '--json');
  expect(code).toBe(0);
  const { results } = JSON.parse(stdout).cases[0] as { results: { op: string; bad?: number; measured?: { vmstat: object } }[] };
  expect(results.find((r) => r.op === 'khugepaged')!.measured).toMatchObject({
    pages_collapsed: 512,
    vmstat: { nr_mapped: -(2 ** 18), nr_page_table_pages: -200 * 512, nr_shmem_hugepages: 512 },
  });
  expect(results.slice(-2).map((r) => r.bad)).toEqual([0, 0]);
});
