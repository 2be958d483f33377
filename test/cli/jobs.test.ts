// SPDX-License-Identifier: GPL-2.0-only
/**
 * Several threads at one search, and searches that go on where an earlier process was stopped: what is printed is the same, whoever did what and when.
 * Time budget: 20 s.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command, ownInJs } from './support.ts';

const paelab = command();
/** 2,311 executions, some of them violated. */
const SEARCH = ['check', 'retract', '--config', 'refault=other', '--config', 'irqs=on', '--json'];

const timeless = (text: string): string => text.replace(/"seconds": [\d.]+/g, '');

describe('the result is the same', () => {
  test('of 3 threads', async () => {
    const [one, three] = await Promise.all(['1', '3'].map((jobs) => paelab.run(...SEARCH, '--jobs', jobs)));
    expect(timeless(three!.stdout)).toBe(timeless(one!.stdout));
    expect(three!.code).toBe(1);
  });
});

test('--max-executions is kept to by all threads together', async () => {
  const { code, stdout } = await paelab.run(...SEARCH.slice(0, -1), '--jobs', '3', '--max-executions', '1500', '--json');
  const [{ executions, blocked, complete }] = JSON.parse(stdout).results;
  expect([executions + blocked, complete]).toEqual([1500, false]);
  expect(code).toBe(1);
});

describe('a checkpoint', () => {
  const refused = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await paelab.here('check', 'retract', ...args, '--checkpoint', 'kept');
    expect([code, stdout]).toEqual([2, '']);
    return stderr;
  };

  test('of something else is refused, and kept', async () => {
    const file = join(paelab.dir, 'kept');
    await paelab.run('check', 'retract', '--time-limit', '0.01', '--checkpoint', 'kept');
    const made = readFileSync(file);
    expect(await refused('--config', 'irqs=on')).toBe(
      'paelab: kept:1: the checkpoint is of other cells, of other scenario files, or of another build of paelab\n',
    );
    expect(readFileSync(file)).toEqual(made);
    const end = made.indexOf('\n') + 1;
    writeFileSync(file, made.subarray(0, end + 20));
    expect(await refused()).toBe('paelab: kept:2: the checkpoint is damaged\n');
    writeFileSync(file, 'hello\n');
    expect(await refused()).toMatch(
      /^paelab: kept:1: not a checkpoint of this version of paelab: 'paelab-checkpoint 1 \.\.\.' is missing\n$/,
    );
    expect(readFileSync(file, 'utf8')).toBe('hello\n');
  });

  test('does not hide that a scenario fails, nor keep a later run from saying so again', async () => {
    paelab.write('fails.js', ownInJs('half.ts').replace("violate(c, 'check', ", 'throw new Error('));
    for (let i = 0; i < 2; i++) {
      const { code, stderr } = await paelab.run('check', 'fails.js', '--config', 'order=low-first', '--checkpoint', 'failed');
      expect(stderr).toMatch(/^paelab: fails\.js:\d+: Error: low half of the new entry with high half 1\n$/);
      expect(code).toBe(2);
    }
  });

  test('is for the exhaustive search', async () => {
    expect(await refused('--strategy', 'random')).toBe(
      'paelab: --checkpoint is for the exhaustive search of all executions, each run once\n',
    );
  });
});
