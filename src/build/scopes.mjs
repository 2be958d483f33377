// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which declaration an identifier means, and what a function captures from the functions around it.
 * The erasable subset is about exactly these two: a captured local outlives the operation that made it, and a generator
 * called by name has to be recognised through imports and shadowing.
 */
import { isFunction, isTypeOnly, walk } from './ast.mjs';

/**
 * @typedef {import('./ast.mjs').AstNode} AstNode
 *
 * @typedef {object} Scope
 * @property {Scope | null} parent
 * @property {AstNode | null} owner the function that the scope belongs to; null at module level
 * @property {boolean} hoists whether a `var` inside ends up here
 * @property {Map<string, Binding>} names
 *
 * @typedef {object} Binding
 * @property {Scope} scope
 * @property {boolean} generator declared as `function*`, or as a constant that holds one
 * @property {{ from: string, name: string } | null} imported name is '*' for a namespace
 */

const BLOCKS = new Set([
  'BlockStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'SwitchStatement',
  'CatchClause',
  'StaticBlock',
]);

/** Fields in which an identifier is a label, the name of a member or a declaration's own name, not the use of a variable. */
const NOT_VARIABLES = new Set([
  'FunctionDeclaration.id',
  'ClassDeclaration.id',
  'LabeledStatement.label',
  'BreakStatement.label',
  'ContinueStatement.label',
  'ExportSpecifier.exported',
  'ImportSpecifier.imported',
  'MetaProperty.meta',
  'MetaProperty.property',
]);

/** Fields that are member names unless they stand in brackets. */
const NAMES_UNLESS_COMPUTED = new Set(['MemberExpression.property', 'Property.key', 'MethodDefinition.key', 'PropertyDefinition.key']);

/** @param {AstNode} pattern @returns {AstNode[]} the identifiers that a declaration pattern introduces */
function boundNames(pattern) {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern];
    case 'AssignmentPattern':
      return boundNames(pattern.left);
    case 'RestElement':
      return boundNames(pattern.argument);
    case 'ArrayPattern':
      return pattern.elements.flatMap(boundNames);
    case 'ObjectPattern':
      return pattern.properties.flatMap((/** @type {AstNode} */ p) => boundNames(p.type === 'Property' ? p.value : p));
    default:
      return [];
  }
}

/** @param {AstNode} node @param {AstNode | null} parent @param {string} key */
function isVariable(node, parent, key) {
  if (node.type !== 'Identifier' || parent === null) return false;
  const place = `${parent.type}.${key}`;
  return !NOT_VARIABLES.has(place) && (parent.computed || !NAMES_UNLESS_COMPUTED.has(place));
}

/** @param {Scope | null} parent @param {AstNode | null} owner @param {boolean} hoists @returns {Scope} */
function newScope(parent, owner, hoists) {
  return { parent, owner, hoists, names: new Map() };
}

/** Scopes of one module. */
export class Scopes {
  /** @type {Scope} */
  module = newScope(null, null, true);
  /** @type {Map<AstNode, Scope>} every variable that the program names, with the scope in which it stands */
  uses = new Map();

  /** @param {AstNode} program */
  constructor(program) {
    let scope = this.module;
    /** @type {AstNode[]} */
    const opened = [];
    walk(program, {
      enter: (node, parent, key) => {
        if (isTypeOnly(node)) return false;
        this.#declareIn(scope, node);
        if (isFunction(node) || BLOCKS.has(node.type)) {
          scope = newScope(scope, isFunction(node) ? node : scope.owner, isFunction(node));
          opened.push(node);
          this.#declareOwn(scope, node);
        }
        if (isVariable(node, parent, key)) this.uses.set(node, scope);
        return undefined;
      },
      leave: (node) => {
        if (opened.at(-1) !== node) return;
        opened.pop();
        scope = /** @type {Scope} */ (scope.parent);
      },
    });
  }

  /** @param {AstNode} use @returns {Binding | null} null is a global */
  resolve(use) {
    for (let scope = this.uses.get(use) ?? null; scope !== null; scope = scope.parent) {
      const binding = scope.names.get(use.name);
      if (binding) return binding;
    }
    return null;
  }

  /** @returns {Map<AstNode, AstNode>} functions with the first identifier by which they reach a local of a function around them */
  captures() {
    const found = new Map();
    for (const use of this.uses.keys()) {
      const binding = this.resolve(use);
      if (binding === null || binding.scope.owner === null) continue;
      for (let scope = this.uses.get(use); scope && scope !== binding.scope; scope = scope.parent ?? undefined) {
        if (scope.owner !== binding.scope.owner && !found.has(scope.owner)) found.set(scope.owner, use);
      }
    }
    return found;
  }

  /** Names that a node adds to the scope around it. @param {Scope} scope @param {AstNode} node */
  #declareIn(scope, node) {
    if (node.type === 'VariableDeclaration') {
      let target = scope;
      while (node.kind === 'var' && !target.hoists && target.parent) target = target.parent;
      for (const { id, init } of node.declarations) for (const name of boundNames(id)) declare(target, name, init);
    } else if ((node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') && node.id) {
      declare(scope, node.id, node);
    } else if (node.type === 'ImportDeclaration') {
      for (const s of node.specifiers) {
        const name = s.type === 'ImportNamespaceSpecifier' ? '*' : (s.imported?.name ?? 'default');
        declare(scope, s.local, null, { from: node.source.value, name });
      }
    }
  }

  /** Names that a node adds to the scope that it opens. @param {Scope} scope @param {AstNode} node */
  #declareOwn(scope, node) {
    if (node.type === 'CatchClause' && node.param) for (const name of boundNames(node.param)) declare(scope, name, null);
    if (!isFunction(node)) return;
    for (const param of node.params) for (const name of boundNames(param)) declare(scope, name, null);
    if (node.type === 'FunctionExpression' && node.id) declare(scope, node.id, node);
  }
}

/** @param {Scope} scope @param {AstNode} id @param {AstNode | null} value @param {Binding['imported']} [imported] */
function declare(scope, id, value, imported = null) {
  scope.names.set(id.name, { scope, generator: value !== null && isFunction(value) && Boolean(value.generator), imported });
}
