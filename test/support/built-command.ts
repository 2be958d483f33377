// SPDX-License-Identifier: GPL-2.0-only
/** Before a run of the tests: the command is built once, as a package has it, into a place where nothing else lies, and removed afterwards. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundle } from '../../src/build/bundle.mjs';
import { ROOT } from '../../src/build/erase.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the command of this run is installed. */
    builtCommand: string;
  }
}

const cache = join(ROOT, 'node_modules/.cache');
let home = '';

export async function setup(project: TestProject): Promise<void> {
  mkdirSync(cache, { recursive: true });
  home = mkdtempSync(join(cache, 'paelab-cli-'));
  copyFileSync(join(ROOT, 'package.json'), join(home, 'package.json'));
  await bundle(join(home, 'dist'));
  // For the types of users' files, as a package has them: twice as fast to read as the sources.
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--noCheck', '--outDir', join(home, 'dist/types')], { cwd: ROOT });
  project.provide('builtCommand', home);
}

export function teardown(): void {
  rmSync(home, { recursive: true });
}
