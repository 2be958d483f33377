// SPDX-License-Identifier: GPL-2.0-only
/**
 * `npm run bench [-- NAME... --FLAG...]`: bundles bench/*.bench.ts, all or those whose name contains a NAME, and runs each in a
 * process of its own, so that no benchmark inherits the warmed-up or spoiled state of another. From the first flag on, the words are the benchmark's.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { COMMON } from './bundle.mjs';
import { constantsPlugin } from './constants.mjs';
import { erasedCopyPlugin } from './erased-copy.mjs';
import { parallelCopyPlugin } from './parallel-copy.mjs';
import { phasesPlugin } from './phases.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SUFFIX = '.bench.ts';
// What benchmarks run on kernel code without generators, and what on both kinds.
const ERASED = ['bench/collapse/erased/'];
const ON_BOTH = ['bench/collapse/one.ts', 'src/scenarios/'];
// Below node_modules, where the imports of packages resolve.
const OUT = join(ROOT, 'node_modules/.cache/paelab-bench');

/** The thread of benchmarks in which vCPUs are threads. */
const VCPU = { vcpu: './src/cli/vcpu.ts' };
const HAVE_THREADS = ['parallel', 'victim'];
/** The thread in which the benchmark of collapses measures a row. */
const ROW = { 'row-thread': './bench/collapse/row-thread.ts' };

const words = process.argv.slice(2);
const firstFlag = words.findIndex((word) => word.startsWith('-'));
const wanted = firstFlag < 0 ? words : words.slice(0, firstFlag);
const flags = firstFlag < 0 ? [] : words.slice(firstFlag);
const names = readdirSync(join(ROOT, 'bench'))
  .filter((name) => name.endsWith(SUFFIX) && (wanted.length === 0 || wanted.some((part) => name.includes(part))))
  .map((name) => name.slice(0, -SUFFIX.length))
  .sort();
if (names.length === 0)
  throw new Error(`bench/ has no *${SUFFIX} file${wanted.length > 0 ? ` whose name contains ${wanted.join(' or ')}` : ''}`);

await build({
  ...COMMON,
  entryPoints: {
    ...Object.fromEntries(names.map((name) => [name, `bench/${name}${SUFFIX}`])),
    ...(names.some((name) => HAVE_THREADS.includes(name)) && VCPU),
    ...(names.includes('collapse') && ROW),
  },
  outdir: OUT,
  outExtension: { '.js': '.mjs' },
  plugins: [parallelCopyPlugin(), erasedCopyPlugin(ERASED, ON_BOTH), constantsPlugin(), phasesPlugin()],
  splitting: true,
});
// On Linux the machine's memory then lies in huge pages of the host, where it asks for them to be advised (THP "madvise", the usual setting): else what a
// benchmark of random pages measures is the host's TLB. Asked of glibc, since node has no madvise().
const env = { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };
for (const name of names) {
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', join(OUT, `${name}.mjs`), ...flags], { stdio: 'inherit', env });
  if (status !== 0) process.exitCode = 1;
}
