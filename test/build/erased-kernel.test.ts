// SPDX-License-Identifier: GPL-2.0-only
/**
 * The kernel port, erased, does what it does as generators: same workload, same memory. Time budget: 10 s.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { buildErased } from '../../src/build/bundle.mjs';
import { memoryAfter } from './workload.ts';

const folder = mkdtempSync(join(tmpdir(), 'paelab-erased-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a workload that never blocks leaves the same memory in the erased build', async () => {
  const outfile = join(folder, 'workload.mjs');
  await buildErased('test/build/workload.ts', outfile, { also: ['test/build/workload.ts'] });
  const erased = (await import(pathToFileURL(outfile).href)) as { memoryAfter(): string };
  const words = erased.memoryAfter();
  expect(words.split(' ').length).toBeGreaterThan(50);
  expect(words).toBe(memoryAfter());
});
