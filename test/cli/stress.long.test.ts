// SPDX-License-Identifier: GPL-2.0-only
/** `paelab stress` for longer, with more vCPUs than cores, and without what keeps it from losing words. Budget: 60 s. */
import { expect, it } from 'vitest';
import { command } from './support.ts';

const paelab = command();

it('loses nothing in a thousand collapses by four vCPUs', async () => {
  const { code, stdout } = await paelab.run('stress', '--collapses', '1000', '--config', 'cpus=4');
  expect(stdout).toMatch(/no word was lost, no page leaked\n$/);
  expect(code).toBe(0);
});

it.each(['collapse-flush', 'csd-wait'])('loses words without %s', async (guard) => {
  const { code, stdout } = await paelab.run('stress', '--collapses', '20000', '--without', guard);
  expect(stdout).toMatch(/: the word at 0x4[0-9a-f]+ holds /);
  expect(code).toBe(1);
});
