// SPDX-License-Identifier: GPL-2.0-only
/** Shootdown policies of a user's own, and what is said of a file or a name that is none. Time budget: 15 s. */
import { expect, test } from 'vitest';
import { command, lines, own, ownInJs } from './support.ts';

const paelab = command();

/** A file of a policy that does nothing of its own, with something changed. */
const file = (change = ''): string => `
  import { policy } from 'paelab';
  export const mine = { ...policy({ name: 'mine', about: 'a', source: 's', replace: {} }), ${change} };`;

test('one that is wrong is violated, and its token is replayed with its file', async () => {
  paelab.write('no-wait.ts', own('no-wait.ts'));
  const check = await paelab.run('check', 'shootdown', '--policy', './no-wait.ts', '--json');
  expect(check.code).toBe(1);
  const { scenario, violation } = JSON.parse(check.stdout).results[0];
  expect(scenario).toBe('shootdown-no-wait');
  const again = await paelab.run('replay', violation.token, 'no-wait.ts', '--json');
  expect(JSON.parse(again.stdout).violation).toEqual(violation);
  expect(again.code).toBe(1);
});

test('several are checked, names and files', async () => {
  paelab.write('one-by-one.js', ownInJs('one-by-one.ts'));
  const { code, stdout } = await paelab.run('check', '--policy', 'serial,one-by-one.js', '--all', '--config', 'operation=dontneed');
  expect(lines(stdout).filter((line) => /^(shootdown.*|\.+)$/.test(line))).toEqual(['shootdown', '...', 'shootdown-one-by-one', '...']);
  expect(stdout).toContain('6 cells: 6 hold, 0 violated, all as expected; all complete');
  expect(code).toBe(0);
});

test.each([
  [
    'a key that is none',
    file('replace: { flush_tlb_page() {} }'),
    'replace.flush_tlb_page: not one of flush_tlb_everywhere, tlb_flush_mmu, ',
  ],
  ['the name of a known one', file("name: 'lazy'"), "name: 'lazy' is that of a policy that comes with paelab"],
  ['no sentence', file('about: undefined'), 'about: a sentence is missing'],
  ['no function', file('replace: { scheduler_tick: 1 }'), 'replace.scheduler_tick: not a function'],
  ['a layout instead of a function', file('percpu: {}'), 'percpu: not a function of the number of CPUs'],
])('a file with %s', async (_, code, said) => {
  paelab.write('mine.js', code);
  const { code: exit, stderr } = await paelab.run('check', '--policy', 'mine.js');
  expect(lines(stderr)).toEqual([expect.stringContaining(`paelab: mine.js: policy 'mine': ${said}`)]);
  expect(exit).toBe(2);
});

test('a type error, with its place', async () => {
  paelab.write('mine.ts', own('one-by-one.ts').replace('smp_call_function_many(c, one,', 'smp_call_function_many(c, 1,'));
  const { code, stderr } = await paelab.run('check', '--policy', 'mine.ts');
  expect(lines(stderr)).toEqual([expect.stringMatching(/^paelab: mine\.ts:\d+:\d+: TS2345: /)]);
  expect(code).toBe(2);
});

test('a scenario, and a file that is not there', async () => {
  paelab.write('half.js', ownInJs('half.ts'));
  const scenario = await paelab.run('check', '--policy', 'half.js');
  expect([scenario.code, scenario.stderr]).toEqual([2, 'paelab: half.js: it has a scenario, and no policy\n']);
  const missing = await paelab.here('check', '--policy', 'nowhere.ts');
  expect([missing.code, missing.stderr]).toEqual([2, 'paelab: nowhere.ts: no such file\n']);
});

test.each([
  [['check', '--policy', 'fast'], "no policy 'fast'; known: linux, serial, "],
  [['check', 'retract', '--policy', 'linux'], '--policy is for the scenario shootdown, not for retract'],
  [['check', '--policy', 'linux', '--config', 'policy=none'], '--policy and --config policy= say the same: give one of them'],
])('%o', async (args, said) => {
  const { code, stderr } = await paelab.here(...args);
  expect(lines(stderr)).toEqual([expect.stringContaining(`paelab: ${said}`)]);
  expect(code).toBe(2);
});
