// SPDX-License-Identifier: GPL-2.0-only
/** docs/workloads/lost-dirty.txt: what 6.6 loses and the others keep (docs/findings.md). Budget: 5 s. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseWorkload } from '../../src/workload/parse.ts';
import { Performer } from '../../src/workload/perform.ts';
import { DEFAULTS, World, type WorldConfig, worldMemory } from '../../src/workload/world.ts';

const cases = parseWorkload(readFileSync('docs/workloads/lost-dirty.txt', 'utf8'), 'lost-dirty.txt');

/** Pages of each case that are not what was written. */
function lost(release: WorldConfig['release']): (number | undefined)[] {
  return cases.map(({ operations }) => {
    const w = new World({ ...DEFAULTS, release }, worldMemory(new Int32Array(new SharedArrayBuffer(2 ** 25))));
    const performer = new Performer(w);
    return operations.map((operation) => performer.perform(operation)).at(-1)?.bad;
  });
}

test('6.6 loses what was written to huge pages, 6.1 and 6.5 do not', () => {
  expect(lost('6.1')).toEqual([0, 0]);
  expect(lost('6.5')).toEqual([0, 0]);
  expect(lost('6.6')).toEqual([512, 512]);
});
