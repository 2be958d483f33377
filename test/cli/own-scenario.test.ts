// SPDX-License-Identifier: GPL-2.0-only
/** Scenarios of a user's own, in directories that know nothing of the project. */
import { expect, test } from 'vitest';
import { command, own, ownInJs } from './support.ts';

const paelab = command();

test('a file in another directory, importing a second one', async () => {
  const code = own('half.ts');
  paelab.write('deep/er/values.ts', 'export const HIGH: number = 2;\n');
  paelab.write('deep/er/half.ts', `import { HIGH } from './values.ts';\n${code.replace('high: 2', 'high: HIGH')}`);
  const { code: exit, stdout } = await paelab.run('check', 'deep/er/half.ts', '--config', 'order=low-first');
  expect(stdout).toContain('half: violated\n');
  expect(exit).toBe(1);
});

test('its token is replayed with its file', async () => {
  paelab.write('half.ts', own('half.ts'));
  const check = await paelab.run('check', 'half.ts', '--config', 'order=low-first', '--json');
  const { token } = JSON.parse(check.stdout).results[0].violation;
  const { code, stdout } = await paelab.run('replay', token, 'half.ts');
  expect(stdout).toContain('low half of the new entry with high half 1');
  expect(code).toBe(1);
});

test('a guard that the file declares is one like any other', async () => {
  const code = ownInJs('half.ts')
    .replace('scenario,', 'guard, on, scenario,')
    .replace('const OLD', "const ordered = guard('half-ordered', 'the high half first', 'half.ts');\nconst OLD")
    .replace("if (order === 'high-first')", 'if (on(c, ordered))')
    .replace("if (order === 'low-first')", 'if (!on(c, ordered))');
  paelab.write('guarded.js', code);
  expect((await paelab.run('check', 'guarded.js')).code).toBe(0);
  expect((await paelab.run('check', 'guarded.js', '--without', 'half-ordered')).code).toBe(1);
});

test('a pass in which nothing happened is none', async () => {
  paelab.write('empty.js', ownInJs('half.ts').replace("['the new entry was read']", "['pigs flew']"));
  const { code, stdout } = await paelab.run('check', 'empty.js');
  expect(stdout).toContain('half: violated\n');
  expect(stdout).toContain('an empty pass: never seen: pigs flew');
  expect(code).toBe(1);
});

test('replace puts a function of its own into the kernel', async () => {
  const code = `import { retractScenario, scenario } from 'paelab';
    const { expected: _, ...asInLinux } = retractScenario;
    export const unsynced = scenario({ ...asInLinux, name: 'unsynced', replace: { *pmdp_get_lockless_sync() {} } });`;
  paelab.write('unsynced.js', code);
  const { code: exit, stdout } = await paelab.run('check', 'unsynced.js');
  expect(stdout).toContain('unsynced: violated\n');
  expect(exit).toBe(1);
});
