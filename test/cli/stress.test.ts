// SPDX-License-Identifier: GPL-2.0-only
/** `paelab stress`, as built: small runs in which nothing may be lost, Ctrl-C, a thread that dies, and bad input. How threads meet is the host's; the verdict is not. Budget: 10 s. */
import { expect, it } from 'vitest';
import { command } from './support.ts';

const paelab = command();

it.each(['6.1', '6.6'])('loses nothing on %s', async (kernel) => {
  const { code, stdout, stderr } = await paelab.run('stress', '--collapses', '20', '--config', `kernel=${kernel}`, '--json');
  expect(stderr).toBe('');
  const report = JSON.parse(stdout) as Record<string, unknown>;
  expect(report).toMatchObject({ schema: 'paelab/stress', complete: true, findings: [], hung: [], died: [], seed: 1 });
  expect(report['collapses']).toBeGreaterThanOrEqual(20);
  expect((report['results'] as Record<string, number>)['succeeded']).toBe(report['collapses']);
  expect(code).toBe(0);
});

it('says after Ctrl-C what it has seen', async () => {
  const { code, stdout } = await paelab.runWith({}, ['stress', '--collapses', '1000000000'], (p) =>
    p.stdout!.once('data', () => p.kill('SIGINT')),
  );
  expect(code).toBe(130);
  expect(stdout).toMatch(/interrupted; no word was lost so far, no page leaked\n$/);
});

/** Loaded into every thread: the second vCPU's ends with an error in the middle of something. */
const DIES = `
const { isMainThread, workerData } = require('node:worker_threads');
if (!isMainThread && workerData?.cpu === 1) {
  const { add } = Atomics;
  let left = 20000;
  Atomics.add = (...args) => {
    if (--left === 0) throw new Error('the host takes the thread away');
    return add(...args);
  };
}
`;

it('a thread that dies ends the run: which, in what, exit code 70', async () => {
  paelab.write('dies.cjs', DIES);
  const { code, stdout } = await paelab.runWith({ NODE_OPTIONS: '--require ./dies.cjs' }, ['stress', '--collapses', '1000000000']);
  expect(stdout).toMatch(/^CPU1, in [a-z]+.*: died: Error: the host takes the thread away$/m);
  expect(code).toBe(70);
});

it.each([
  [['--config', 'cpus=0'], '--config cpus=0: not a whole number from 1 to 31'],
  [['--config', 'cpus=32'], '--config cpus=32: not a whole number from 1 to 31'],
  [['--config', 'memory=8388608'], 'memory=8388608: the host has '],
  [['--collapses', '0'], "option '--collapses <n>' argument '0' is invalid. It must be 1 or more."],
  [['--without', 'nothing'], "no guard 'nothing'; known: "],
])('stress %s: one line, exit code 2', async (args, message) => {
  const { code, stdout, stderr } = await paelab.here('stress', ...args);
  expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, stdout: '', lines: 1 });
  expect(stderr).toContain(message);
});
