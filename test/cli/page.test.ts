// SPDX-License-Identifier: GPL-2.0-only
/**
 * The pages of docs/ that show commands: their files are those beside this test, and their outputs are what the commands print. Every command is run in
 * a directory that holds the files as the page shows them; TOKEN stands for the last token that was printed.
 * `npx vitest run test/cli/page.test.ts -u` writes the pages anew. Time budget: 30 s.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../src/build/erase.mjs';
import { command, own } from './support.ts';

const FENCE = /```(ts|console)\n([\s\S]*?)```/g;

const paelab = command();

/** The name that a file's first line gives it, and its present text. */
function fileBlock(block: string): string {
  const name = /^\/\/ (\S+)\n/.exec(block)![1]!;
  const text = `// ${name}\n${own(name)}`;
  paelab.write(name, text);
  return text;
}

let token = '';
let code: number | null = 0;

async function consoleBlock(block: string): Promise<string> {
  let out = '';
  for (const line of block.split('\n').filter((l) => l.startsWith('$ '))) {
    const [program, ...args] = line.slice(2).split(' ');
    out += `${line}\n`;
    if (program === 'echo') out += `${code}\n`;
    else {
      const run = await paelab.run(...args.map((a) => (a === 'TOKEN' ? token : a)));
      expect(run.stderr).toBe('');
      code = run.code;
      out += run.stdout;
      token = /paelab1\.\S+/.exec(run.stdout)?.[0] ?? token;
    }
  }
  return out;
}

test.each(['adding-a-scenario', 'tutorial', 'policies'])('docs/%s.md shows what happens', async (name) => {
  const file = join(ROOT, 'docs', `${name}.md`);
  const page = readFileSync(file, 'utf8');
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
  await expect(now.replace(/\d+\.\d\d s/g, (fresh) => seconds.shift() ?? fresh)).toMatchFileSnapshot(file);
});
