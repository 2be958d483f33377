// SPDX-License-Identifier: GPL-2.0-only
/**
 * docs/adding-a-scenario.md: its files are those beside this test, and its outputs are what its commands print. Every command is run in a
 * directory that holds the files as the page shows them. `npx vitest run test/cli/page.test.ts -u` writes the page anew.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../src/build/erase.mjs';
import { command, own } from './support.ts';

const PAGE = join(ROOT, 'docs/adding-a-scenario.md');
const FENCE = /```(ts|console)\n([\s\S]*?)```/g;

const paelab = command();

/** The name that a file's first line gives it, and its present text. */
function fileBlock(block: string): string {
  const name = /^\/\/ (\S+)\n/.exec(block)![1]!;
  const text = `// ${name}\n${own(name)}`;
  paelab.write(name, text);
  return text;
}

async function consoleBlock(block: string): Promise<string> {
  let out = '';
  let code: number | null = 0;
  for (const line of block.split('\n').filter((l) => l.startsWith('$ '))) {
    const [program, ...args] = line.slice(2).split(' ');
    out += `${line}\n`;
    if (program === 'echo') out += `${code}\n`;
    else {
      const run = await paelab.run(...args);
      expect(run.stderr).toBe('');
      code = run.code;
      out += run.stdout;
    }
  }
  return out;
}

test('the page shows what happens', async () => {
  const page = readFileSync(PAGE, 'utf8');
  let now = '';
  let from = 0;
  for (const m of page.matchAll(FENCE)) {
    const block = m[1] === 'ts' ? fileBlock(m[2]!) : await consoleBlock(m[2]!);
    now += `${page.slice(from, m.index)}\`\`\`${m[1]}\n${block}\`\`\``;
    from = m.index + m[0].length;
  }
  now += page.slice(from);
  // How long it took differs from run to run: the page keeps its own numbers.
  const seconds = [...page.matchAll(/\d+\.\d\d s/g)].map((m) => m[0]);
  await expect(now.replace(/\d+\.\d\d s/g, (fresh) => seconds.shift() ?? fresh)).toMatchFileSnapshot(PAGE);
});
