// SPDX-License-Identifier: GPL-2.0-only
/**
 * docs/json.md names every field that check, replay and necessity print.
 * Time budget: 15 s.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../src/build/erase.mjs';
import { command, ownInJs } from './support.ts';

const paelab = command();

/** Keys of all objects; those of a configuration are the scenario's. */
function keysOf(x: unknown, keys = new Set<string>()): Set<string> {
  if (Array.isArray(x)) for (const one of x) keysOf(one, keys);
  else if (typeof x === 'object' && x !== null) {
    for (const [key, value] of Object.entries(x)) {
      keys.add(key);
      if (key !== 'config' && key !== 'sameAs') keysOf(value, keys);
    }
  }
  return keys;
}

test('every field is on the page', async () => {
  paelab.write('wake-mb.js', ownInJs('wake-mb.ts'));
  paelab.write('plain.js', ownInJs('half.ts').replace('yield* store(c, w.low, NEW.low)', 'poke(c, w.low, NEW.low)'));
  const keys = new Set<string>();
  const runs = [['wake-mb.js', '--necessity'], ['retract-user', '--without', 'collapse-flush'], ['plain.js']];
  for (const args of runs) keysOf(JSON.parse((await paelab.run('check', ...args, '--json')).stdout), keys);
  const page = readFileSync(join(ROOT, 'docs/json.md'), 'utf8');
  expect([...keys].filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
  for (const key of ['race', 'locks', 'tlbs', 'remembered', 'waitsFor', 'necessity']) expect(keys).toContain(key); // they were there to be missed
});
