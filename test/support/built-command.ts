// SPDX-License-Identifier: GPL-2.0-only
/** Before a run of the tests: the command is built once, into a place where nothing else lies, and removed afterwards. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
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
  for (const sources of ['src', 'cpu', 'mmu']) symlinkSync(join(ROOT, sources), join(home, sources)); // for the types of users' files
  await bundle(join(home, 'dist'));
  project.provide('builtCommand', home);
}

export function teardown(): void {
  rmSync(home, { recursive: true });
}
