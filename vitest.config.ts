// SPDX-License-Identifier: GPL-2.0-only
/**
 * Test runs. The long tests (*.long.test.ts) are left out unless PAELAB_LONG is set, as `npm run test:long` does.
 * `npm run coverage` measures how much of khugepaged its own tests reach, and fails below the threshold.
 * Two workers at most: a test that explores or measures already uses a whole core. Files share what a worker has loaded, since the kernel takes
 * as long to load as most of them run; but for some.
 */
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

const long = Boolean(process.env.PAELAB_LONG);

/** These replace modules, or compare memory with that of a bundle: slab caches are numbered as modules are loaded. */
const APART = ['conformance/mutants', 'engines/bounded', 'cli/user-code', 'build/erased-workload'].map((name) => `test/${name}.test.ts`);

const left = [...configDefaults.exclude, ...(long ? [] : ['**/*.long.test.ts'])];

const resolve = { alias: { paelab: fileURLToPath(new URL('./src/index.ts', import.meta.url)) } };
const common = { pool: 'forks', testTimeout: long ? 1_800_000 : 120_000 } as const;

export default defineConfig({
  test: {
    globalSetup: './test/support/built-command.ts',
    reporters: ['default'],
    maxWorkers: 2,
    projects: [
      { resolve, test: { ...common, name: 'together', isolate: false, include: ['test/**/*.test.ts'], exclude: [...left, ...APART] } },
      { resolve, test: { ...common, name: 'apart', include: APART, exclude: left } },
    ],
    coverage: {
      include: ['src/kernel/mm/khugepaged/**'],
      reporter: ['text'],
      thresholds: { branches: 95 },
    },
  },
});
