// SPDX-License-Identifier: GPL-2.0-only
/**
 * The litmus tests in a file: one in a .litmus file, one a line in a file of vectors.
 */
import { readFileSync } from 'node:fs';
import { isVectorFile } from '../conformance/files.ts';
import { linesOf } from '../conformance/lines.ts';
import { parseRecord, readLine } from '../conformance/litmus/record.ts';
import { parseLitmus } from '../litmus/parse.ts';
import type { LitmusTest } from '../litmus/program.ts';
import { UsageError } from '../usage-error.ts';

/** @throws UsageError naming file, line and column, or field */
export async function* litmusTests(file: string): AsyncGenerator<LitmusTest> {
  if (!isVectorFile(file)) {
    yield parseLitmus(textOf(file), file);
    return;
  }
  let line = 0;
  for await (const text of linesOf(file)) {
    line++;
    if (text.trim() === '') continue;
    const f = readLine(text, `${file}:${line}`);
    if (f.get('suite').text() === 'elt-published') f.get('suite').bad('shapes without values: paelab conformance litmus decides them');
    const program = parseRecord(f);
    yield { program, dialect: 'X86', observed: program.vars, conditions: program.conditions, filter: null };
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (e) {
    throw new UsageError(`${file}: cannot be read (${(e as Error).message})`);
  }
}
