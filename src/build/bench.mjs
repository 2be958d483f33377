// SPDX-License-Identifier: GPL-2.0-only
/**
 * `npm run bench [-- NAME...]`: bundles bench/*.bench.ts, all or those whose name contains a NAME, and runs each in a
 * process of its own, so that no benchmark inherits the warmed-up or spoiled state of another.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SUFFIX = '.bench.ts';
// Below node_modules, where the imports of packages resolve.
const OUT = join(ROOT, 'node_modules/.cache/paelab-bench');

const wanted = process.argv.slice(2);
const names = readdirSync(join(ROOT, 'bench'))
  .filter((name) => name.endsWith(SUFFIX) && (wanted.length === 0 || wanted.some((part) => name.includes(part))))
  .map((name) => name.slice(0, -SUFFIX.length))
  .sort();
if (names.length === 0)
  throw new Error(`bench/ has no *${SUFFIX} file${wanted.length > 0 ? ` whose name contains ${wanted.join(' or ')}` : ''}`);

await build({
  absWorkingDir: ROOT,
  entryPoints: Object.fromEntries(names.map((name) => [name, `bench/${name}${SUFFIX}`])),
  outdir: OUT,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: 'linked',
});
for (const name of names) {
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', join(OUT, `${name}.mjs`)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
