// SPDX-License-Identifier: GPL-2.0-only
/**
 * The lint of the erasable subset over the whole tree. It applies the rules of the transform (rules.mjs), and knows in
 * addition which imported names are generator functions, so that a call without yield* is found across files too.
 * `node src/build/subset.mjs` prints the findings and exits 1 if there are any.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from './ast.mjs';
import { ERASED_FOLDERS, projectPath, ROOT } from './erase.mjs';
import { checkProgram, formatFinding } from './rules.mjs';
import { Scopes } from './scopes.mjs';

/**
 * @typedef {import('./ast.mjs').AstNode} AstNode
 * @typedef {import('./ast.mjs').Finding} Finding
 *
 * @typedef {{ path: string, code: string }} SourceFile path from the root of the project, with slashes
 */

/**
 * What a module exports under names of its own (not passed on from other modules), and whether it is a generator function.
 * @param {AstNode} program
 * @returns {Map<string, boolean>}
 */
function exportTable(program) {
  const { names } = new Scopes(program).module;
  const table = new Map([...names].filter(([, b]) => !b.imported).map(([name, b]) => [name, b.generator]));
  for (const node of program.body) {
    if (node.type !== 'ExportNamedDeclaration' || node.source) continue;
    for (const { local, exported } of node.specifiers) {
      const own = table.get(local.name);
      if (own !== undefined) table.set(exported.name, own);
    }
  }
  return table;
}

/**
 * @param {SourceFile[]} files
 * @returns {Finding[]}
 */
export function checkSubset(files) {
  const parsed = files.map((file) => ({ ...file, program: parse(file.code, file.path) }));
  const tables = new Map(parsed.map(({ path, program }) => [path, exportTable(program)]));
  const everyGenerator = new Set([...tables.values()].flatMap((t) => [...t].filter(([, generator]) => generator).map(([name]) => name)));

  return parsed.flatMap(({ path, code, program }) =>
    checkProgram(program, code, path, ({ from, name }) => {
      const table = tables.get(posix.join(posix.dirname(path), from));
      // A module that only passes a name on does not say what it is: then any generator function of that name counts.
      return table !== undefined && (table.get(name) ?? everyGenerator.has(name));
    }),
  );
}

/** @param {string} [root] @returns {SourceFile[]} the files that are erased */
export function readErasedFiles(root = ROOT) {
  return ERASED_FOLDERS.filter((folder) => existsSync(join(root, folder))).flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => join(root, folder, name))
      .map((file) => ({ path: projectPath(file), code: readFileSync(file, 'utf8') })),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const findings = checkSubset(readErasedFiles());
  for (const finding of findings) console.log(formatFinding(finding));
  process.exitCode = findings.length > 0 ? 1 : 0;
}
