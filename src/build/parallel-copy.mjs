// SPDX-License-Identifier: GPL-2.0-only
/**
 * The world of the parallel engine: like the erased copy (erased-copy.mjs) a copy of every module that touches the machine, without generators, and in it
 * modules that perform operations give place to those that perform them by Atomics.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ERASED_FOLDERS, eraseForBundle, projectPath, ROOT } from './erase.mjs';

/** Where it is entered: a thread that is a vCPU. */
const ENTRY = 'src/cli/vcpu.ts';
const COPIED = [...ERASED_FOLDERS, 'src/engines/', 'src/invariants/', 'src/workload/'];
const NAMESPACE = 'parallel';
/** Modules that have another of the same name in the folder `parallel` beside them. */
const REPLACED = [
  'cpu/deferred.ts',
  'cpu/direct.ts',
  'cpu/entry-read.ts',
  'cpu/give-way.ts',
  'cpu/interrupts.ts',
  'cpu/invlpgb.ts',
  'cpu/ops.ts',
  'cpu/tally.ts',
  'cpu/translate.ts',
  'mmu/walker.ts',
];

/** @param {string} file @param {string} importer one that takes the place of another may still use that */
function placeOf(file, importer) {
  if (!REPLACED.includes(file) || /^(cpu|mmu).parallel./.test(importer)) return file;
  return `${dirname(file)}/parallel/${file.slice(dirname(file).length + 1)}`;
}

/** @returns {import('esbuild').Plugin} */
export function parallelCopyPlugin() {
  return {
    name: 'parallel-copy',
    setup(build) {
      build.onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir, importer, namespace }) => {
        const file = projectPath(join(resolveDir, path));
        if (file === ENTRY) return { path: file, namespace: NAMESPACE };
        if (namespace !== NAMESPACE) return null;
        if (COPIED.some((folder) => file.startsWith(folder))) return { path: placeOf(file, importer), namespace: NAMESPACE };
        return { path: join(ROOT, file) };
      });
      build.onLoad({ filter: /\.ts$/, namespace: NAMESPACE }, async ({ path }) => {
        const source = await readFile(join(ROOT, path), 'utf8');
        const resolveDir = dirname(join(ROOT, path));
        const erased = ERASED_FOLDERS.some((folder) => path.startsWith(folder));
        return { resolveDir, loader: 'ts', ...(erased ? eraseForBundle(source, path) : { contents: source }) };
      });
    },
  };
}
