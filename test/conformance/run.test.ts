// SPDX-License-Identifier: GPL-2.0-only
/**
 * The runner that all kinds of vectors share, with a kind made up here: which files a call names, how they are read, what is counted and kept.
 * Time budget: 1 s.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { findFiles } from '../../src/conformance/files.ts';
import type { VectorKind } from '../../src/conformance/kind.ts';
import { linesOf } from '../../src/conformance/lines.ts';
import { conform, type Totals } from '../../src/conformance/run.ts';
import { UsageError } from '../../src/usage-error.ts';

const dir = mkdtempSync(join(tmpdir(), 'paelab-run-'));
afterAll(() => rmSync(dir, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(dir, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

async function read(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(path)) lines.push(line);
  return lines;
}

/** "GROUP DISPUTE WRONG": a vector that agrees if WRONG is 0. */
const made: VectorKind = {
  name: 'made',
  explainDispute: (code) => ({ section: '1', about: code }),
  parse(line, place) {
    const [group, dispute, wrong] = line.split(' ');
    if (wrong === undefined) throw new UsageError(`${place}: too short`);
    const difference = { expected: '0', actual: wrong, text: () => `${wrong}, not 0` };
    return { id: line, group: group!, dispute: dispute === '-' ? null : dispute!, run: () => (wrong === '0' ? null : difference) };
  },
};

const limits = (signal = new AbortController().signal, progress: (t: Totals) => void = () => {}) => ({ differences: 2, signal, progress });

describe('files', () => {
  file('tree/b.jsonl', 'x');
  file('tree/a/c.jsonl.gz', gzipSync('x'));
  file('tree/README.md', 'x');
  file('tree/a/d.json', 'x');
  file('tree/z.jsonl/e.jsonl', 'x');
  const odd = file('odd', 'x');
  const tree = join(dir, 'tree');

  test('of a directory are all vector files below it, in order', () => {
    expect(findFiles([tree])).toEqual(['a/c.jsonl.gz', 'b.jsonl', 'z.jsonl/e.jsonl'].map((name) => join(tree, name)));
  });

  test('that are named may be called anything, and come once', () => {
    expect(findFiles([odd, join(tree, 'b.jsonl'), tree])).toEqual([
      odd,
      ...['b.jsonl', 'a/c.jsonl.gz', 'z.jsonl/e.jsonl'].map((name) => join(tree, name)),
    ]);
  });

  test('that are not there', () => {
    expect(() => findFiles([join(dir, 'none')])).toThrow(new UsageError(`${join(dir, 'none')}: no such file or directory`));
    mkdirSync(join(dir, 'empty'));
    expect(() => findFiles([join(dir, 'empty')])).toThrow(new UsageError(`${join(dir, 'empty')}: no vector file in it`));
  });
});

describe('lines', () => {
  const long = Array.from({ length: 5000 }, (_, i) => `${i} ${'ä'.repeat(i % 97)}`);

  test('of plain and of compressed files, whatever they are called', async () => {
    expect(await read(file('long.jsonl', `${long.join('\n')}\n`))).toEqual(long);
    expect(await read(file('long.jsonl.gz', gzipSync(long.join('\n'))))).toEqual(long);
    expect(await read(file('long', gzipSync(long.join('\n'))))).toEqual(long);
    expect(await read(file('short', 'x'))).toEqual(['x']);
    expect(await read(file('none', ''))).toEqual([]);
  });

  test('of damaged files', async () => {
    const whole = gzipSync(long.join('\n'));
    await expect(read(file('cut.gz', whole.subarray(0, 900)))).rejects.toThrow(/cut\.gz: damaged gzip \(unexpected end of file\)$/);
    await expect(read(file('plain.gz', 'text'))).rejects.toThrow(/plain\.gz: damaged gzip \(/);
    whole[whole.length - 6]! ^= 1;
    await expect(read(file('sum.gz', whole))).rejects.toThrow(/sum\.gz: damaged gzip \(incorrect data check\)$/);
    await expect(read(dir)).rejects.toThrow(UsageError);
  });
});

describe('a run', () => {
  test('counts, by group and dispute, and keeps the first differences', async () => {
    const one = file('one', 'a - 0\na - 1\n\nb x 0\n');
    const two = file('two', 'b x 2\nb - 3\na y 0');
    const totals = await conform(made, [one, two], limits());
    expect(totals.all).toEqual({ total: 6, agree: 3, disagree: 3 });
    expect(Object.fromEntries(totals.groups)).toEqual({
      a: { total: 3, agree: 2, disagree: 1 },
      b: { total: 3, agree: 1, disagree: 2 },
    });
    expect(Object.fromEntries(totals.disputes)).toEqual({ x: { total: 2, agree: 1, disagree: 1 }, y: { total: 1, agree: 1, disagree: 0 } });
    expect(totals.found.map((f) => [f.place, f.difference.text()])).toEqual([
      [`${one}:2`, '1, not 0'],
      [`${two}:1`, '2, not 0'],
    ]);
    expect(totals.complete).toBe(true);
  });

  test('names the line of bad input, and a file without vectors', async () => {
    const bad = file('bad', 'a - 0\n\na');
    await expect(conform(made, [bad], limits())).rejects.toThrow(new UsageError(`${bad}:3: too short`));
    const blank = file('blank', '\n \n');
    await expect(conform(made, [file('good', 'a - 0'), blank], limits())).rejects.toThrow(new UsageError(`${blank}: no vectors in it`));
  });

  test('ends where it is asked to', async () => {
    const controller = new AbortController();
    const vectors = 2_000_000;
    const many = file('many', 'a - 0\n'.repeat(vectors));
    const totals = await conform(
      made,
      [many],
      limits(controller.signal, () => controller.abort()),
    );
    expect(totals.complete).toBe(false);
    expect(totals.all.total).toBeGreaterThan(0);
    expect(totals.all.total).toBeLessThan(vectors);
  });
});
