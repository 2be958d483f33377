// SPDX-License-Identifier: GPL-2.0-only
/** Types of users' files where only the package is, which has no sources: they come from its declarations. Time budget: 20 s. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../src/build/erase.mjs';
import { command, lines, own } from './support.ts';

const paelab = command();
const half = own('half.ts');

test('an installed package checks them too', () => {
  const dir = mkdtempSync(join(tmpdir(), 'paelab-types-'));
  const home = mkdtempSync(join(ROOT, 'node_modules/.cache/paelab-installed-'));
  try {
    cpSync(join(paelab.home, 'dist'), join(home, 'dist'), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(home, 'package.json'));
    mkdirSync(join(home, 'dist/types'));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', join(home, 'dist/types')], { cwd: ROOT });
    const run = (name: string): string => {
      try {
        return execFileSync(process.execPath, [join(home, 'dist/paelab.js'), 'check', name], {
          cwd: dir,
          encoding: 'utf8',
          stdio: 'pipe',
        });
      } catch (e) {
        return (e as { stderr: string }).stderr;
      }
    };
    writeFileSync(join(dir, 'good.ts'), half);
    writeFileSync(join(dir, 'bad.ts'), "import 'paelab';\n\nexport const n: number = 'x';\n");
    expect(run('good.ts')).toContain('half: holds');
    expect(lines(run('bad.ts'))).toEqual([`paelab: bad.ts:3:14: TS2322: Type 'string' is not assignable to type 'number'.`]);
  } finally {
    rmSync(home, { recursive: true });
    rmSync(dir, { recursive: true });
  }
}, 300_000);
