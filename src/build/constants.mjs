// SPDX-License-Identifier: GPL-2.0-only
/**
 * Top-level constants of a bundle as constants. esbuild makes a `var` of each `const`, and V8 then reads it from memory, and compares it, wherever it is
 * used: layouts of structs, numbers with a name, small functions. A constant it compiles in.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import MagicString from 'magic-string';
import { parse, walk } from './ast.mjs';

/** @typedef {import('./ast.mjs').AstNode} AstNode */

/** @param {AstNode} target of an assignment @param {Set<string>} names */
function addNames(target, names) {
  walk(target, {
    enter(node) {
      if (node.type === 'Identifier') names.add(node.name);
      return node.type === 'MemberExpression' ? false : undefined;
    },
  });
}

/** @param {AstNode} program @returns {Set<string>} every name that something is assigned to after its declaration, in whatever scope */
function assigned(program) {
  /** @type {Set<string>} */
  const names = new Set();
  walk(program, {
    enter(node) {
      if (node.type === 'AssignmentExpression') addNames(node.left, names);
      else if (node.type === 'UpdateExpression') addNames(node.argument, names);
      else if (/^For(In|Of)Statement$/.test(node.type) && node.left.type !== 'VariableDeclaration') addNames(node.left, names);
    },
  });
  return names;
}

/**
 * @param {string} code JavaScript, a module as esbuild writes it
 * @param {string} path for messages
 * @returns {string} the same, line by line
 */
export function fixConstants(code, path) {
  const program = parse(code, path);
  const changed = assigned(program);
  const out = new MagicString(code);
  for (const node of program.body) {
    if (node.type !== 'VariableDeclaration' || node.kind !== 'var') continue;
    const fixed = node.declarations.every((/** @type {AstNode} */ d) => d.init && d.id.type === 'Identifier' && !changed.has(d.id.name));
    if (fixed) out.overwrite(node.start, node.start + 'var'.length, 'const');
  }
  return out.toString();
}

/** @returns {import('esbuild').Plugin} */
export function constantsPlugin() {
  return {
    name: 'constants',
    setup(build) {
      build.initialOptions.metafile = true;
      build.onEnd(async ({ metafile }) => {
        for (const output of Object.keys(metafile?.outputs ?? {})) {
          if (!/\.m?js$/.test(output)) continue;
          const path = join(build.initialOptions.absWorkingDir ?? '', output);
          await writeFile(path, fixConstants(await readFile(path, 'utf8'), path));
        }
      });
    },
  };
}
