// SPDX-License-Identifier: GPL-2.0-only
/** A search by two threads, and one that is killed again and again and goes on from its checkpoint. Time budget: 40 s. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { command, type Run } from './support.ts';

const paelab = command();
const timeless = (text: string): string => text.replace(/"seconds": [\d.]+/g, '');

test('the result is the same of 2 threads', async () => {
  const search = ['check', 'retract', '--config', 'refault=other', '--config', 'irqs=on', '--json'];
  const [one, two] = await Promise.all(['1', '2'].map((jobs) => paelab.run(...search, '--jobs', jobs)));
  expect(timeless(two!.stdout)).toBe(timeless(one!.stdout));
  expect(two!.code).toBe(1);
});

test('the result is the same of a process after others that were killed, and one that was interrupted', async () => {
  const long = ['check', 'retract', '--config', 'history=t2', '--json'];
  const args = [...long, '--checkpoint', 'state'];
  const file = join(paelab.dir, 'state');
  const state = (): Buffer => (existsSync(file) ? readFileSync(file) : Buffer.alloc(0));
  const runs: Run[] = [];
  for (const signal of ['SIGKILL', 'SIGKILL', 'SIGINT', null] as const) {
    const before = state();
    const run = await paelab.runWith({}, args, async (p) => {
      while (signal !== null && p.exitCode === null && p.signalCode === null && state().equals(before)) await sleep(20);
      if (signal !== null) p.kill(signal);
    });
    runs.push(run);
    // A fast machine may have done before it is stopped.
    if (run.code === 0) break;
    expect(run.code).toBe(signal === 'SIGINT' ? 130 : null);
  }
  expect(runs.length).toBeGreaterThan(1);
  expect(timeless(runs.at(-1)!.stdout)).toBe(timeless((await paelab.run(...long)).stdout));
  expect(existsSync(file)).toBe(false);
});
