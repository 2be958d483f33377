// SPDX-License-Identifier: GPL-2.0-only
/** Types of users' files: what is wrong is told in one line, by the sources in a clone and by the declarations of a package. Time budget: 15 s. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../src/build/erase.mjs';
import { checkTypes } from '../../src/cli/type-check.ts';
import { UsageError } from '../../src/usage-error.ts';
import { command, lines, own } from './support.ts';

const paelab = command();
const half = own('half.ts');
const dir = mkdtempSync(join(tmpdir(), 'paelab-types-'));
afterAll(() => rmSync(dir, { recursive: true }));

function file(name: string, code: string): string {
  writeFileSync(join(dir, name), code);
  return join(dir, name);
}

const errorOf = (path: string, home = paelab.home): Promise<string> =>
  checkTypes(path, home).then(
    () => '',
    (e: unknown) => (e instanceof UsageError ? e.message : `not of the user: ${String(e)}`),
  );

describe('a file', () => {
  test('that writes to the console', async () => {
    expect(await errorOf(file('log.ts', `${half}\nconsole.log(half.name);\n`), ROOT)).toBe('');
  });

  test.each([
    [
      'another type',
      'high: 1 }',
      "high: '1' }",
      /:\d+:\d+: TS2345: Argument of type 'string' is not assignable to parameter of type 'number'\.$/,
    ],
    ['a missing method', 'programs:', 'program:', /: TS\d+: .*'program' does not exist in type/],
    [
      'no type at all',
      '(c: Vcpu, w: World, order: string)',
      '(c, w, order)',
      /: TS7006: Parameter 'c' implicitly has an 'any' type\. \(and 2 more\)$/,
    ],
  ])('with %s', async (_, from, to, message) => {
    expect(half).toContain(from);
    expect(await errorOf(file('a.ts', half.replace(from, to)))).toMatch(message);
  });

  test('that imports one with an error, which is named', async () => {
    file('values.ts', "export const HIGH: number = 'two';\n");
    const main = file('b.ts', `import { HIGH } from './values.ts';\n${half.replace('high: 2', 'high: HIGH')}`);
    expect(await errorOf(main)).toMatch(/values\.ts:1:14: TS2322: Type 'string' is not assignable to type 'number'\.$/);
  });
});

describe('the command', () => {
  const refused = `paelab: bad.ts:3:14: TS2322: Type 'string' is not assignable to type 'number'.`;
  const bad = "import 'paelab';\n\nexport const n: number = 'x';\n";

  test('tells it in one line, and runs nothing of the file', async () => {
    paelab.write('bad.ts', `${bad}throw new Error('it runs');\n`);
    const { code, stdout, stderr } = await paelab.run('check', 'bad.ts');
    expect(lines(stderr)).toEqual([refused]);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test('looks again only if a file has changed', async () => {
    const kept = (): string[] => readdirSync(join(paelab.kept, 'paelab'));
    const check = async (): Promise<string> => (await paelab.run('check', 'user.ts')).stderr;
    paelab.write('types.ts', 'export type High = number;\n');
    paelab.write('user.ts', `import type { High } from './types.ts';\n${half.replace('order: string', 'order: string, _: High = 1')}`);
    expect(await check()).toBe('');
    expect(kept()).toHaveLength(1);
    const list = join(paelab.kept, 'paelab', kept()[0]!);
    expect(readFileSync(list, 'utf8').match(/\/\w+\.ts$/gm)).toEqual(['/types.ts', '/user.ts']);
    const { mtimeMs } = statSync(list);
    expect(await check()).toBe('');
    expect(statSync(list).mtimeMs).toBe(mtimeMs);
    paelab.write('types.ts', 'export type High = string;\n');
    expect(await check()).toContain("user.ts:15:52: TS2322: Type 'number' is not assignable to type 'string'.");
  }, 60_000);
});
