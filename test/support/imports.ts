// SPDX-License-Identifier: GPL-2.0-only
/**
 * Checks of the source tree as a whole: which layer imports which, and what every file has to have.
 * They work on texts, so that a test can show them a bad file and see that they find it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type AstNode, type Finding, parse, position, walk } from '../../src/build/ast.mjs';
import { ROOT } from '../../src/build/erase.mjs';

export interface SourceFile {
  /** From the root of the project, with slashes. */
  path: string;
  code: string;
}

const ANY = 'any layer';

/** What a layer may import besides itself; types count as much as values. */
const MAY_IMPORT: Record<string, string[] | typeof ANY> = {
  mmu: [],
  cpu: ['mmu'],
  'src/kernel': ['cpu', 'mmu'],
  'src/policies': ['src/kernel', 'src/usage-error.ts', 'cpu', 'mmu'],
  'src/engines': ['cpu', 'mmu'],
  'src/host': [],
  'src/litmus': ['src/engines', 'src/usage-error.ts', 'cpu', 'mmu'],
  'src/invariants': ['src/kernel', 'mmu'],
  'src/workload': ['src/invariants', 'src/kernel', 'src/engines', 'src/host', 'src/report', 'src/usage-error.ts', 'cpu', 'mmu'],
  'src/study': ['src/policies', 'src/workload', 'src/kernel', 'src/engines', 'src/report', 'src/usage-error.ts', 'cpu', 'mmu'],
  'src/scenarios': ['src/policies', 'src/invariants', 'src/kernel', 'cpu', 'mmu'],
  'src/check': ['src/scenarios', 'src/kernel', 'src/engines', 'src/report', 'src/usage-error.ts', 'cpu', 'mmu'],
  'src/conformance': ['src/workload', 'src/invariants', 'src/litmus', 'src/engines', 'src/report', 'src/usage-error.ts', 'cpu', 'mmu'],
  'src/report': ['cpu', 'mmu'],
  'src/explain': ['mmu'],
  'src/page': ['src/check', 'src/report', 'src/usage-error.ts', 'cpu', 'mmu'],
  'src/build': [],
  'src/bench': ['src/usage-error.ts'],
  'src/usage-error.ts': [],
  'src/cli': ANY,
  'src/index.ts': ANY,
  bench: ANY,
};

export const MAX_LINES = 400;
const SPDX = '// SPDX-License-Identifier: GPL-2.0-only';

function layerOf(path: string): string {
  const [top = '', next = ''] = path.split('/');
  return top === 'src' ? `${top}/${next}` : top;
}

/** Import, export-from, import() and `import('...')` in a type: everything that names another module. */
function specifiers(program: AstNode): { node: AstNode; to: string }[] {
  const found: { node: AstNode; to: string }[] = [];
  walk(program, {
    enter(node) {
      const names = /^(Import|ExportNamed|ExportAll)Declaration$|^(ImportExpression|TSImportType)$/.test(node.type);
      if (names && typeof node.source?.value === 'string') found.push({ node, to: node.source.value });
    },
  });
  return found;
}

function complaint(from: string, to: string): string | null {
  const source = layerOf(from);
  const target = layerOf(to);
  if (target === 'test') return 'nothing outside test/ imports from test/.';
  const allowed = MAY_IMPORT[source];
  if (allowed === undefined) return `${source} is no layer: place the file in one of ${Object.keys(MAY_IMPORT).join(', ')}.`;
  if (source === target || allowed === ANY || allowed.includes(target)) return null;
  return `${source} may not import ${target} (${to}).`;
}

/** The direction of imports between the layers. */
export function checkImports(files: SourceFile[]): Finding[] {
  return files.flatMap(({ path, code }) =>
    specifiers(parse(code, path)).flatMap(({ node, to }) => {
      if (to !== 'paelab' && !to.startsWith('.')) return [];
      const target = to === 'paelab' ? 'src/index.ts' : posix.join(posix.dirname(path), to);
      const message = complaint(path, target);
      return message ? [{ path, ...position(code, node.start), message }] : [];
    }),
  );
}

/** What every file has to have: the licence, a reference, a length that a person reads in one sitting, named exports. */
export function checkForm(files: SourceFile[]): Finding[] {
  return files.flatMap(({ path, code }) => {
    const layer = layerOf(path);
    const messages: string[] = [];
    const lines = code.trimEnd().split('\n').length;
    if (lines > MAX_LINES) messages.push(`${lines} lines; at most ${MAX_LINES}.`);
    if (['cpu', 'mmu', 'src/kernel'].includes(layer) && !code.startsWith(`${SPDX}\n`)) messages.push(`does not start with ${SPDX}`);
    const header = /\/\*\*[\s\S]*?\*\//.exec(code)?.[0] ?? '';
    if (['cpu', 'mmu'].includes(layer) && !/\bReference: \S/.test(header)) messages.push('has no "Reference:" in its header comment.');
    const isDefault = (node: AstNode) =>
      node.type === 'ExportDefaultDeclaration' || node.specifiers?.some((s: AstNode) => s.exported?.name === 'default');
    if (parse(code, path).body.some(isDefault)) messages.push('has a default export; name it.');
    return messages.map((message) => ({ path, line: 1, column: 1, message }));
  });
}

/** Every source file outside test/. */
export function readSources(): SourceFile[] {
  const folders = ['cpu', 'mmu', 'src', 'bench'].filter((folder) => existsSync(join(ROOT, folder)));
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|mjs)$/.test(name))
      .map((name) => posix.join(folder, ...name.split(/[\\/]/)))
      .map((path) => ({ path, code: readFileSync(join(ROOT, path), 'utf8') })),
  );
}
