// SPDX-License-Identifier: GPL-2.0-only
/**
 * The erasable subset: what code under cpu/, mmu/ and src/kernel/ may not contain, so that erasing its generators leaves
 * a program that does the same, and so that an execution can start again from memory alone.
 * One implementation for the erasing transform, which sees one file, and for the lint, which sees all.
 */
import { isFunction, isTypeOnly, position, unwrap, walk } from './ast.mjs';
import { Scopes } from './scopes.mjs';

/**
 * @typedef {import('./ast.mjs').AstNode} AstNode
 * @typedef {import('./ast.mjs').Finding} Finding
 *
 * @callback IsGeneratorImport whether a name that a module imports is a generator function there
 * @param {{ from: string, name: string }} imported
 * @returns {boolean}
 *
 * What a rule may ask about the file and about the place of the node.
 * @typedef {object} Context
 * @property {string} path
 * @property {Scopes} scopes
 * @property {AstNode | null} parent
 * @property {AstNode | null} fn the innermost function around the node
 * @property {IsGeneratorImport} isGeneratorImport
 */

/** The only files with bare yields: everything else reaches the scheduler through their operations. */
const OPS = ['cpu/ops.ts', 'cpu/interrupts.ts', 'cpu/deferred.ts', 'cpu/translate.ts'];
const CLOCKS = new Set(['Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']);
const ASYNC = 'async code runs on the event loop, which no schedule can replay.';

/** @param {AstNode} node @param {string} name */
function isNamed(node, name) {
  return node.type === 'Identifier' && node.name === name;
}

/** @param {AstNode} callee @param {Context} at @returns {string | null} the name, if it is known to be a generator function's */
function calledGenerator(callee, { scopes, isGeneratorImport }) {
  const target = unwrap(callee);
  if (target.type === 'Identifier') {
    const binding = scopes.resolve(target);
    return binding?.generator || (binding?.imported && isGeneratorImport(binding.imported)) ? target.name : null;
  }
  if (target.type !== 'MemberExpression' || target.computed || target.object.type !== 'Identifier') return null;
  const namespace = scopes.resolve(target.object)?.imported;
  if (namespace?.name !== '*') return null;
  return isGeneratorImport({ from: namespace.from, name: target.property.name }) ? target.property.name : null;
}

/** @param {AstNode} node @param {Context} at */
function yieldRule(node, { path, fn }) {
  if (node.delegate) {
    const callee = node.argument.type === 'CallExpression' ? unwrap(node.argument.callee) : null;
    if (callee?.type === 'Identifier' || callee?.type === 'MemberExpression') return null;
    return 'yield* takes a direct call of a named function, so that without it the call is left.';
  }
  if (!OPS.includes(path)) return `a bare yield belongs in ${OPS[0]} only; call one of its operations.`;
  if (node.argument) return 'nothing is yielded: the pending operation lies in the vCPU.';
  const hasVcpu = fn?.params.some((/** @type {AstNode} */ p) => isNamed(p, 'c'));
  return hasVcpu ? null : 'a bare yield becomes c.m.runNow(c): it needs a parameter c.';
}

/** @param {AstNode} node @param {Context} at */
function callRule(node, at) {
  const callee = unwrap(node.callee);
  if (callee.type === 'MemberExpression' && !callee.computed && callee.property.name === 'next' && !at.path.startsWith('cpu/')) {
    return '.next() drives a generator, which only cpu/ does.';
  }
  if (at.parent?.type === 'YieldExpression') return null;
  const name = calledGenerator(node.callee, at);
  return name && `${name}() is a generator function: without yield* the call does nothing.`;
}

/** @param {AstNode} node */
function inheritanceRule({ superClass }) {
  // An Error ends the run, so nothing is ever dispatched on it.
  return (
    superClass && !isNamed(superClass, 'Error') && 'no inheritance, but from Error: which method runs must be visible where it is called.'
  );
}

/** @type {Record<string, (node: AstNode, at: Context) => string | null | undefined | false>} rules by the type of node that they look at */
const RULES = {
  YieldExpression: yieldRule,
  CallExpression: callRule,
  AwaitExpression: () => ASYNC,
  ForOfStatement: (node) => node.await && ASYNC,
  TryStatement: (_, { path, fn }) =>
    !(path.startsWith('cpu/') && fn !== null && !fn.generator) &&
    'no try: an execution may end at any operation, and then neither catch nor finally would run.',
  ClassDeclaration: inheritanceRule,
  ClassExpression: inheritanceRule,
  Literal: (node) => typeof node.bigint === 'string' && 'no BigInt: a 64-bit value is two 32-bit halves.',
  MemberExpression: (node, { scopes }) =>
    isNamed(node.object, 'Math') &&
    scopes.resolve(node.object) === null &&
    (node.property.name ?? node.property.value) === 'random' &&
    'Math.random cannot be replayed: call choose().',
  Identifier: (node, { scopes }) =>
    CLOCKS.has(node.name) &&
    scopes.uses.has(node) &&
    scopes.resolve(node) === null &&
    `${node.name} is real time: the machine has its own clock.`,
};

/** @param {AstNode} fn @param {Context} at @param {AstNode | undefined} captured */
function functionRule(fn, { path }, captured) {
  if (fn.async) return ASYNC;
  if (captured && fn.generator) return `this generator function captures ${captured.name}; pass it as an argument.`;
  if (captured && path.startsWith('src/kernel/'))
    return `this function captures ${captured.name} of the function around it: state must lie in memory.`;
  return null;
}

/**
 * @param {AstNode} program
 * @param {string} code the source of the program, to say where
 * @param {string} path from the root of the project, with slashes
 * @param {IsGeneratorImport} [isGeneratorImport] left out, imported names are not looked at
 * @returns {Finding[]} in the order of the source
 */
export function checkProgram(program, code, path, isGeneratorImport = () => false) {
  const scopes = new Scopes(program);
  const captures = scopes.captures();
  /** @type {AstNode[]} */
  const functions = [];
  /** @type {Finding[]} */
  const findings = [];
  walk(program, {
    enter(node, parent) {
      if (isTypeOnly(node)) return false;
      const at = { path, scopes, parent, fn: functions.at(-1) ?? null, isGeneratorImport };
      const message = isFunction(node) ? functionRule(node, at, captures.get(node)) : RULES[node.type]?.(node, at);
      if (message) findings.push({ path, ...position(code, node.start), message });
      if (isFunction(node)) functions.push(node);
      return undefined;
    },
    leave(node) {
      if (functions.at(-1) === node) functions.pop();
    },
  });
  return findings;
}

/** @param {Finding} finding */
export function formatFinding({ path, line, column, message }) {
  return `${path}:${line}:${column}: ${message}`;
}
