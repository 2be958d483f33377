// SPDX-License-Identifier: GPL-2.0-only
/**
 * The shape of the source tree: imports point down (mmu, cpu, kernel; engines beside the kernel), files stay short and name
 * their licence and their reference. Each check is also shown a tree that breaks it: a check that cannot fail holds nothing.
 */
import { describe, expect, test } from 'vitest';
import { formatFinding } from '../src/build/rules.mjs';
import { checkForm, checkImports, MAX_LINES, readSources } from './support/imports.ts';

const HEADER = '// SPDX-License-Identifier: GPL-2.0-only\n/** Reference: SDM Vol. 3A. */\n';

function importing(path: string, statement: string): string[] {
  return checkImports([{ path, code: HEADER + statement }]).map(formatFinding);
}

function formOf(path: string, code: string): string[] {
  return checkForm([{ path, code }]).map((finding) => finding.message);
}

describe('the tree', () => {
  test('imports only downwards', () => {
    expect(checkImports(readSources()).map(formatFinding)).toEqual([]);
  });

  test('has files of the agreed form', () => {
    expect(checkForm(readSources()).map(formatFinding)).toEqual([]);
  });

  test('lists every module of the kernel that declares a guard or a data race', () => {
    const sources = readSources();
    const declares = /^import \{[^}]*\b(guard|data_race)\b[^}]*\} from '[./]*\/guard\.ts';$/m;
    const list = sources.find(({ path }) => path === 'src/kernel/guards.ts')!.code;
    const listed = [...list.matchAll(/^import '\.\/(.*)';$/gm)].map((m) => `src/kernel/${m[1]}`);
    expect(listed).toEqual(
      sources.flatMap(({ path, code }) => (path.startsWith('src/kernel/') && declares.test(code) ? [path] : [])).sort(),
    );
    expect(listed.length).toBeGreaterThan(20);
  });
});

describe('the check of imports finds', () => {
  test.each([
    ['mmu/walker.ts', "import { load } from '../cpu/ops.ts';", 'mmu may not import cpu (cpu/ops.ts).'],
    ['mmu/walker.ts', "import type { Vcpu } from '../cpu/vcpu.ts';", 'mmu may not import cpu (cpu/vcpu.ts).'],
    ['mmu/walker.ts', "type V = import('../cpu/vcpu.ts').Vcpu;", 'mmu may not import cpu (cpu/vcpu.ts).'],
    ['cpu/ops.ts', "export * from '../src/kernel/mm/gup.ts';", 'cpu may not import src/kernel (src/kernel/mm/gup.ts).'],
    ['cpu/ops.ts', "export { gup } from '../src/kernel/mm/gup.ts';", 'cpu may not import src/kernel (src/kernel/mm/gup.ts).'],
    [
      'src/kernel/mm/gup.ts',
      "const e = import('../../engines/explore.ts');",
      'src/kernel may not import src/engines (src/engines/explore.ts).',
    ],
    ['src/kernel/mm/gup.ts', "import { x } from 'paelab';", 'src/kernel may not import src/index.ts (src/index.ts).'],
    [
      'src/engines/direct.ts',
      "import { gup } from '../kernel/mm/gup.ts';",
      'src/engines may not import src/kernel (src/kernel/mm/gup.ts).',
    ],
    ['src/report/page.ts', "import { s } from '../scenarios/s.ts';", 'src/report may not import src/scenarios (src/scenarios/s.ts).'],
    ['src/cli/paelab.ts', "import { s } from '../../test/support/s.ts';", 'nothing outside test/ imports from test/.'],
  ])('%s: %s', (path, statement, message) => {
    expect(importing(path, statement)).toEqual([expect.stringContaining(`${path}:3:`)]);
    expect(importing(path, statement)[0]).toContain(message);
  });

  test('a folder that is no layer', () => {
    expect(importing('src/misc/a.ts', "import { b } from './b.ts';")[0]).toContain('src/misc is no layer');
  });

  test('nothing in what is allowed', () => {
    expect(importing('src/kernel/mm/gup.ts', "import { load } from '../../../cpu/ops.ts';")).toEqual([]);
    expect(importing('src/cli/paelab.ts', "import { gup } from '../kernel/mm/gup.ts';")).toEqual([]);
    expect(importing('src/cli/paelab.ts', "import { Command } from 'commander';")).toEqual([]);
  });
});

describe('the check of form finds', () => {
  test('a file that is too long', () => {
    expect(formOf('src/cli/a.ts', '\n'.repeat(MAX_LINES) + 'export const a = 1;\n')).toEqual(['401 lines; at most 400.']);
  });

  test('a missing licence and a missing reference', () => {
    expect(formOf('cpu/a.ts', 'export const a = 1;\n')).toEqual([
      'does not start with // SPDX-License-Identifier: GPL-2.0-only',
      'has no "Reference:" in its header comment.',
    ]);
  });

  test('a reference that stands in a later comment', () => {
    const code = '// SPDX-License-Identifier: GPL-2.0-only\n/** A part. */\n/** Reference: SDM */\nexport const a = 1;\n';
    expect(formOf('mmu/a.ts', code)).toEqual(['has no "Reference:" in its header comment.']);
  });

  test('default exports', () => {
    expect(formOf('src/cli/a.ts', 'export default 1;')).toEqual(['has a default export; name it.']);
    expect(formOf('src/cli/a.ts', 'const a = 1; export { a as default };')).toEqual(['has a default export; name it.']);
  });

  test('nothing in a file of the agreed form', () => {
    expect(formOf('cpu/a.ts', `${HEADER}export const a = 1;\n`)).toEqual([]);
  });
});
