// SPDX-License-Identifier: GPL-2.0-only
/** Loops without end, as long as the command has patience with them: shorter ones are in user-code and strategies. Time budget: 30 s. */
import { expect, test } from 'vitest';
import { command, lines, ownInJs } from './support.ts';

const paelab = command();
const half = ownInJs('half.ts');

test('a scenario that never ends without an operation: its file and its CPU are named, and other cells are told', async () => {
  paelab.write(
    'stuck.js',
    half.replace('const low = yield* load(c, w.low);', 'const low = yield* load(c, w.low);\n  while (low >= 0) c.out++;'),
  );
  const { code, stdout, stderr } = await paelab.run('check', 'retract-gup', 'stuck.js', '--jobs', '2');
  expect(lines(stderr)).toEqual(['paelab: stuck.js: the program of CPU1 has run for 10 s without an operation: a loop that never ends']);
  expect(stdout).toContain('retract-gup: ');
  expect(code).toBe(2);
});

test('one that never ends at the top level', async () => {
  paelab.write('stuck.js', `${half}\nfor (;;);\n`);
  const { code, stderr } = await paelab.run('check', 'stuck.js');
  expect(lines(stderr)).toEqual(['paelab: stuck.js: its top level has run for 10 s: a loop that never ends']);
  expect(code).toBe(2);
});
