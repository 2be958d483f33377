// SPDX-License-Identifier: GPL-2.0-only
/**
 * `check --necessity`: only what the scenario comes to is taken away, each verdict is that of `--without`, and the exit code says whether all is decided.
 * Time budget: 25 s.
 */
import { expect, test } from 'vitest';
import { command, inJs, own, ownInJs } from './support.ts';

const paelab = command();
const run = (...args: string[]) => paelab.run('check', ...args);

interface Json {
  schema: string;
  results: {
    verdict: string;
    guards: { guard: string; necessity: string; without: { verdict: string; violation?: { token: string } } }[];
  }[];
}

test('needed, with a token, or not needed within these bounds', async () => {
  paelab.write('wake-mb.ts', own('wake-mb.ts'));
  const { code, stdout, stderr } = await run('wake-mb.ts', '--necessity', '--json');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const { schema, results } = JSON.parse(stdout) as Json;
  expect(schema).toBe('paelab/necessity');
  const guards = results[0]!.guards;
  expect(guards.map((g) => [g.guard, g.necessity])).toEqual([
    ['late-mb', 'not needed within these bounds'],
    ['sleeper-mb', 'needed'],
    ['waker-mb', 'needed'],
  ]);
  const { token } = guards[1]!.without.violation!;
  expect(await paelab.run('replay', token, 'wake-mb.ts')).toMatchObject({ code: 1 });
});

test('a guard that nothing comes to is not taken away: 6.5 takes other locks, and reads without the sync', async () => {
  const { code, stdout } = await run('retract', '--config', 'release=6.5', '--necessity', '--json');
  expect(code).toBe(0);
  const names = (JSON.parse(stdout) as Json).results[0]!.guards.map((g) => g.guard);
  expect(names).toContain('low-reread');
  for (const other of ['lockless-sync', 'retract-ptl', 'gup-irqs-off', 'mask-before-gen', 'special-state'])
    expect(names).not.toContain(other);
});

test('a verdict that does not hold rests on nothing', async () => {
  paelab.write('wake.js', ownInJs('wake.ts'));
  const { code, stdout } = await run('wake.js', '--necessity');
  expect(code).toBe(1);
  expect(stdout).not.toContain('What it rests on');
});

test('what is cut is undecided, and exit code 3 says so', async () => {
  paelab.write('wake-mb.ts', own('wake-mb.ts'));
  // Without a guard there are more executions to the end than with it.
  const { code, stdout } = await run('wake-mb.ts', '--necessity', '--max-executions', '2');
  expect(code).toBe(3);
  expect(stdout).toContain('inconclusive');
});

test('a pass that is empty without the guard is undecided', async () => {
  const code = own('wake-mb.ts').replace('if (on(c, wakerMb)) yield* mfence(c);', 'if (!on(c, wakerMb)) return;\n  yield* mfence(c);');
  paelab.write(
    'empty.js',
    inJs(code.replace('return;\n  yield* waitLoad(c, w.sleeping, -1, 0);', 'return;\n  if ((yield* load(c, w.sleeping)) !== 0) return;')),
  );
  const { code: exit, stdout } = await run('empty.js', '--necessity');
  expect(stdout).toMatch(/waker-mb +undecided/);
  expect(stdout).toMatch(/waker-mb: an empty pass: never seen: the sleeper was woken/);
  expect(exit).toBe(3);
});

test('--all is refused in one line', async () => {
  expect(await paelab.here('check', 'retract', '--all', '--necessity')).toMatchObject({
    ...{ code: 2, stdout: '', stderr: 'paelab: --necessity is about one configuration: it does not go with --all\n' },
  });
});
