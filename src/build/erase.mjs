// SPDX-License-Identifier: GPL-2.0-only
/**
 * The erasing transform: turns kernel code written as generators, which an engine can stop at every operation, into plain
 * functions, which run at full speed. `function*` becomes `function`, `yield* f()` becomes `f()`, a bare `yield` becomes
 * `c.m.runNow(c)`. Code outside the erasable subset (rules.mjs) is refused, since there the two programs could differ.
 */
import { readFile } from 'node:fs/promises';
import { basename, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import MagicString from 'magic-string';
import { isTypeOnly, parse, walk } from './ast.mjs';
import { checkProgram, formatFinding } from './rules.mjs';

/**
 * @typedef {import('./ast.mjs').AstNode} AstNode
 * @typedef {import('./ast.mjs').Finding} Finding
 */

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const ERASED_FOLDERS = ['cpu/', 'mmu/', 'src/kernel/', 'src/policies/'];
/** Modules in whose place erased code has another one, which does at once what the former leaves to the engine. */
const REPLACED = new Map([['cpu/ops.ts', 'cpu/direct-ops.ts']]);

/** @param {string} path from the root of the project @returns {string} of the module that erased code has there */
export const inErasedCode = (path) => REPLACED.get(path) ?? path;

/** Source outside the erasable subset. */
export class SubsetError extends Error {
  /** @param {Finding} finding */
  constructor(finding) {
    super(formatFinding(finding));
    this.name = 'SubsetError';
    this.finding = finding;
  }
}

/** @param {string} path @returns {string} the path from the root of the project, with slashes */
export function projectPath(path) {
  return relative(ROOT, resolve(ROOT, path)).split(sep).join('/');
}

/**
 * @param {string} code TypeScript
 * @param {string} path of the file, absolute or from the root of the project; decides which rules hold
 * @throws {SubsetError} if the code is outside the erasable subset
 */
export function erase(code, path) {
  const program = parse(code, path);
  const [finding] = checkProgram(program, code, projectPath(path));
  if (finding) throw new SubsetError(finding);

  const out = new MagicString(code);
  walk(program, {
    enter(node, parent) {
      if (isTypeOnly(node)) return false;
      if (node.type === 'YieldExpression') {
        if (node.delegate) out.remove(node.start, node.argument.start);
        else out.overwrite(node.start, node.end, 'c.m.runNow(c)');
      } else if (node.generator) {
        // The star of a method stands before its name, outside the function.
        const from = code[node.start] === 'f' ? node.start : /** @type {AstNode} */ (parent).start;
        const star = code.indexOf('*', from);
        out.remove(star, star + 1);
      }
      return undefined;
    },
  });
  return { code: out.toString(), map: out.generateMap({ source: basename(path), includeContent: true, hires: 'boundary' }) };
}

/** Files as they were when they were erased last, and what they became: a bundle has several copies of most. @type {Map<string, [string, string]>} */
const known = new Map();

/**
 * The same for a plugin of esbuild: what its onLoad gives back.
 * @param {string} source
 * @param {string} path
 * @returns {import('esbuild').OnLoadResult}
 */
export function eraseForBundle(source, path) {
  const [before, after] = known.get(path) ?? ['', ''];
  if (before === source) return { contents: after };
  try {
    const { code, map } = erase(source, path);
    const contents = `${code}\n//# sourceMappingURL=${map.toUrl()}`;
    known.set(path, [source, contents]);
    return { contents };
  } catch (error) {
    if (!(error instanceof SubsetError)) throw error;
    const { path: file, line, column, message } = error.finding;
    return { errors: [{ text: message, location: { file, line, column: column - 1, lineText: source.split('\n')[line - 1] ?? '' } }] };
  }
}

/**
 * Erases the files under cpu/, mmu/ and src/kernel/ while esbuild bundles; other files pass untouched.
 * @param {object} [options]
 * @param {string[]} [options.also] more files or folders (from the root, folders with a slash at the end), for workloads
 *   that call kernel functions with yield* and so have to be erased with them
 * @returns {import('esbuild').Plugin}
 */
export function erasePlugin({ also = [] } = {}) {
  const erased = [...ERASED_FOLDERS, ...also];
  return {
    name: 'erase-generators',
    setup(build) {
      build.onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir }) => ({
        path: resolve(ROOT, inErasedCode(projectPath(resolve(resolveDir, path)))),
      }));
      build.onLoad({ filter: /\.ts$/, namespace: 'file' }, async ({ path }) => {
        if (!erased.some((folder) => projectPath(path).startsWith(folder))) return null;
        return { ...eraseForBundle(await readFile(path, 'utf8'), path), loader: 'ts' };
      });
    },
  };
}
