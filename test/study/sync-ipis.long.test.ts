// SPDX-License-Identifier: GPL-2.0-only
/** 20 GiB of collapses on 64 CPUs, on the erased build: 645,120 interrupts, where a 64-core machine counted 646,316. Budget: 60 s of CPU time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { buildErased } from '../../src/build/bundle.mjs';

const folder = mkdtempSync(join(tmpdir(), 'paelab-erased-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('20 GiB', async () => {
  const outfile = join(folder, 'sync-ipis.mjs');
  await buildErased('test/study/sync-ipis.ts', outfile);
  const { collapses } = (await import(pathToFileURL(outfile).href)) as typeof import('./sync-ipis.ts');
  expect(collapses(64, 10_240)).toEqual({ collapsed: 10_240, received: 645_120, most: 10_240 });
});
