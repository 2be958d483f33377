// SPDX-License-Identifier: GPL-2.0-only
/**
 * Reading TypeScript source as a syntax tree: parse, walk, and say where a node stands.
 * Used by the erasing transform, the subset lint and the architecture test, so that all three see the same program.
 */
import { parseSync, visitorKeys } from 'oxc-parser';

/**
 * An ESTree or TS-ESTree node. The rules look at a few fields of many node types, hence no union of all of them.
 * @typedef {{ type: string, start: number, end: number, [field: string]: any }} AstNode
 *
 * @typedef {object} Visitor
 * @property {(node: AstNode, parent: AstNode | null, key: string) => void | false} enter false leaves the children out
 * @property {(node: AstNode) => void} [leave]
 *
 * A place in a file and one sentence about it. Lines and columns count from 1.
 * @typedef {{ path: string, line: number, column: number, message: string }} Finding
 */

/** TypeScript nodes that hold code which runs; every other TS node is a type and is gone before the program starts. */
const TS_WITH_CODE = new Set([
  'TSAsExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSInstantiationExpression',
  'TSTypeAssertion',
]);

/**
 * @param {string} code
 * @param {string} path
 * @returns {AstNode}
 */
export function parse(code, path) {
  const { program, errors } = parseSync(path, code);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}\n${errors[0]?.codeframe ?? ''}`);
  return /** @type {any} */ (program);
}

/** @param {AstNode} node */
export function isTypeOnly(node) {
  return node.type.startsWith('TS') && !TS_WITH_CODE.has(node.type);
}

/** @param {AstNode | null} node */
export function isFunction(node) {
  return node?.type === 'FunctionDeclaration' || node?.type === 'FunctionExpression' || node?.type === 'ArrowFunctionExpression';
}

/**
 * What is left of an expression without parentheses and type assertions.
 * @param {AstNode} node
 * @returns {AstNode}
 */
export function unwrap(node) {
  return node.type === 'ParenthesizedExpression' || TS_WITH_CODE.has(node.type) ? unwrap(node.expression) : node;
}

/**
 * Visits the nodes in the order of the source.
 * @param {AstNode} node
 * @param {Visitor} visitor
 * @param {AstNode | null} [parent]
 * @param {string} [key] the field of the parent that holds the node
 */
export function walk(node, visitor, parent = null, key = '') {
  if (visitor.enter(node, parent, key) !== false) {
    for (const field of visitorKeys[node.type] ?? []) {
      const value = node[field];
      for (const child of Array.isArray(value) ? value : [value]) {
        if (child) walk(child, visitor, node, field);
      }
    }
  }
  visitor.leave?.(node);
}

/**
 * @param {string} code
 * @param {number} offset
 */
export function position(code, offset) {
  const before = code.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}
