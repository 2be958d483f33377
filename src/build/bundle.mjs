// SPDX-License-Identifier: GPL-2.0-only
/**
 * Builds dist/: the library (index.js), the command (paelab.js; without its process: main.js), its worker (worker.js) and the thread of the parallel engine (vcpu.js), as ES modules that
 * share their chunks; what runs workloads, with the generators erased; and page/, the scripts and styles of pages, which those hold whole.
 * `buildErased` builds one entry so.
 */

import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = join(ROOT, 'dist');
const SHEBANG = '#!/usr/bin/env node\n';

/** @type {import('esbuild').BuildOptions} */
export const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: 'linked',
  keepNames: true,
  minify: false,
  // Constants are written where they are used: V8 would read them from memory each time.
  minifySyntax: true,
  logLevel: 'warning',
};

/** Chunks are named by their content: those of earlier builds would pile up. Declarations, which tsc writes, stay. */
async function removeOldBundles(/** @type {string} */ outdir) {
  if (!existsSync(outdir)) return;
  const old = (await readdir(outdir)).filter((name) => /\.js(\.map)?$/.test(name));
  await Promise.all(old.map((name) => rm(join(outdir, name))));
}

/** @param {string} file made a command; its source map moves down by the line that is put in front */
async function makeExecutable(file) {
  const code = await readFile(file, 'utf8');
  if (!code.startsWith('#!')) {
    const map = JSON.parse(await readFile(`${file}.map`, 'utf8'));
    await writeFile(file, SHEBANG + code);
    await writeFile(`${file}.map`, JSON.stringify({ ...map, mappings: `;${map.mappings}` }));
  }
  await chmod(file, 0o755);
}

/** Where only the runtime dependencies are there is no parser: then workloads run on the generators too, several times slower. */
async function erasedCopy() {
  try {
    return [
      (await import('./parallel-copy.mjs')).parallelCopyPlugin(),
      (await import('./erased-copy.mjs')).erasedCopyPlugin(),
      (await import('./constants.mjs')).constantsPlugin(),
    ];
  } catch (e) {
    if (/** @type {NodeJS.ErrnoException} */ (e).code !== 'ERR_MODULE_NOT_FOUND') throw e;
    return [];
  }
}

/** @param {string} [outdir] below the project, where the imports of packages resolve; beside it lies a package.json */
export async function bundle(outdir = DIST) {
  await removeOldBundles(outdir);
  const plugins = await erasedCopy();
  await build({
    ...COMMON,
    entryPoints: {
      index: './src/index.ts',
      paelab: './src/cli/paelab.ts',
      main: './src/cli/main.ts',
      worker: './src/cli/worker.ts',
      // Not on generators: without the parser there are no threads.
      ...(plugins.length > 0 && { vcpu: './src/cli/vcpu.ts' }),
    },
    outdir,
    plugins,
    splitting: true,
  });
  await makeExecutable(join(outdir, 'paelab.js'));
  await bundlePages(join(outdir, 'page'));
}

/** Scripts of today's browsers, small, since each page has one in it. @param {string} outdir */
async function bundlePages(outdir) {
  const names = ['explore', 'report'];
  const files = names.flatMap((name) => ['ts', 'css'].map((type) => join('src/page/browser', `${name}.${type}`)));
  const options = { absWorkingDir: ROOT, bundle: true, minify: true, outdir, logLevel: /** @type {const} */ ('warning') };
  await build({ ...options, entryPoints: files, format: 'iife', platform: 'browser', target: 'es2022' });
}

/**
 * @param {string} entry TypeScript file, absolute or from the root of the project
 * @param {string} outfile
 * @param {object} [options]
 * @param {string[]} [options.also] files or folders outside the kernel that are erased too; see erasePlugin
 */
export async function buildErased(entry, outfile, options = {}) {
  // Loaded here: the ordinary build, which also runs where only the runtime dependencies are, needs no parser.
  const { erasePlugin } = await import('./erase.mjs');
  const { constantsPlugin } = await import('./constants.mjs');
  // Silent: what esbuild would print is in the error that it throws.
  await build({ ...COMMON, logLevel: 'silent', entryPoints: [entry], outfile, plugins: [erasePlugin(options), constantsPlugin()] });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
