// SPDX-License-Identifier: GPL-2.0-only
/**
 * Test runs. The long tests (*.long.test.ts) are left out unless PAELAB_LONG is set, as `npm run test:long` does.
 * `npm run coverage` measures how much of khugepaged its own tests reach, and fails below the threshold.
 * Two workers at most: a test that explores or measures already uses a whole core.
 */
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

const long = Boolean(process.env.PAELAB_LONG);

export default defineConfig({
  resolve: {
    alias: { paelab: fileURLToPath(new URL('./src/index.ts', import.meta.url)) },
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: './test/support/built-command.ts',
    exclude: [...configDefaults.exclude, ...(long ? [] : ['**/*.long.test.ts'])],
    testTimeout: long ? 1_800_000 : 120_000,
    reporters: ['default'],
    pool: 'forks',
    maxWorkers: 2,
    coverage: {
      include: ['src/kernel/mm/khugepaged/**'],
      reporter: ['text'],
      thresholds: { branches: 95 },
    },
  },
});
