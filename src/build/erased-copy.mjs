// SPDX-License-Identifier: GPL-2.0-only
/**
 * Workloads run on kernel code whose generators are erased, the explorer on the generators, in one bundle: what runs workloads is imported with
 * import(), and from there on every module that touches the machine is a second copy of it, erased. Other modules exist once, so that an error
 * thrown in one world is of the class that the other one knows.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ERASED_FOLDERS, eraseForBundle, inErasedCode, projectPath, ROOT } from './erase.mjs';

/** Where the erased world of the command is entered. */
const ENTRIES = ['src/cli/run-task.ts', 'src/conformance/collapse/kind.ts'];
/** What is copied. */
const COPIED = [...ERASED_FOLDERS, 'src/engines/', 'src/invariants/', 'src/workload/', 'src/conformance/collapse/'];
const NAMESPACE = 'erased';

/** @param {string[]} places files, or folders with a slash at the end @param {string} path */
const isIn = (places, path) => places.some((place) => path.startsWith(place));

/**
 * @param {string[]} [entries] where the erased world is entered: files, or folders with a slash at the end
 * @param {string[]} [also] what is copied besides
 * @returns {import('esbuild').Plugin}
 */
export function erasedCopyPlugin(entries = ENTRIES, also = []) {
  const copied = [...COPIED, ...entries, ...also];
  return {
    name: 'erased-copy',
    setup(build) {
      build.onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir, namespace }) => {
        const file = projectPath(join(resolveDir, path));
        if (isIn(entries, file) || (namespace === NAMESPACE && isIn(copied, file)))
          return { path: inErasedCode(file), namespace: NAMESPACE };
        return { path: join(ROOT, file) };
      });
      build.onLoad({ filter: /\.ts$/, namespace: NAMESPACE }, async ({ path }) => {
        const source = await readFile(join(ROOT, path), 'utf8');
        const resolveDir = dirname(join(ROOT, path));
        return { resolveDir, loader: 'ts', ...(isIn(ERASED_FOLDERS, path) ? eraseForBundle(source, path) : { contents: source }) };
      });
    },
  };
}
