// SPDX-License-Identifier: GPL-2.0-only
/**
 * `conformance` as a user runs it: totals, differences, JSON, exit codes, bad input, Ctrl-C.
 * Time budget: 15 s.
 */
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../src/build/erase.mjs';
import { command, lines } from './support.ts';

const paelab = command();
const vectors = (name: string): string => join(ROOT, 'test/vectors/walker', name);
const linesIn = (name: string): string[] =>
  gunzipSync(readFileSync(vectors(name)))
    .toString('utf8')
    .trimEnd()
    .split('\n');

const agreed = linesIn('agreed-36.jsonl.gz').slice(0, 20);
const scripts = linesIn('disputed-36.jsonl.gz').filter((line) => line.includes('"pdpte-change-invlpg"'));
/** Says of the first vector that its PDE was not marked, of the script that INVLPG loads PDPTEs. */
const wrong = [
  ...agreed.map((line, i) => (i === 0 ? line.replace('"post":{"pde":"0x1000d5239"}', '"post":{}') : line)),
  ...scripts.slice(0, 1).map((line) => line.replace('"invlpg"', '"movcr3"')),
];

beforeAll(() => {
  paelab.write('good/a/agreed.jsonl', agreed.join('\n'));
  copyFileSync(vectors('tlb-36.jsonl.gz'), join(paelab.dir, 'good/tlb.jsonl.gz'));
  paelab.write('wrong', wrong.join('\n'));
});

describe('vectors', () => {
  test('that all agree', async () => {
    const { code, stdout, stderr } = await paelab.run('conformance', 'walker', 'good');
    const told = lines(stdout);
    expect(told[0]).toMatch(/^group +total +agree +disagree$/);
    expect(told).toContainEqual(expect.stringMatching(/^tlb +492 +492 +0$/));
    expect(told).toContainEqual(expect.stringMatching(/^all +512 +512 +0$/));
    expect(told.at(-1)).toMatch(/^512 vectors in 2 files: all agree; \d+\.\d\d s$/);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('that differ are told in full', async () => {
    const { code, stdout } = await paelab.run('conformance', 'walker', 'wrong');
    expect(stdout).toMatch(/^qemu-pdpte-in-memory +1 +0 +1 +4\.4\.1 +QEMU reads the PDPTE from memory at each walk$/m);
    expect(stdout).toContain('2 differences:\n\nwrong:1: id 0, group rights4k\n  CR3 0x4032c0, MAXPHYADDR 36\n');
    for (const line of [
      "  pde at 0x555a0ff8 = 0x1'000d5219: P PWT PCD; page table 0x1000d5000; ",
      '  read, 4 bytes at 0x7ff47aa4, CPL 0\n  observed: done at physical address 0x8011eaa4\n  paelab: done at physical address 0x8011eaa4\n',
      "  pde after it, observed: 0x1'000d5219: ",
      "  pde after it, paelab: 0x1'000d5239: P PWT PCD A; ",
      '\nwrong:21: id 622656, group tlb, pdpte-change-invlpg, qemu-pdpte-in-memory\n',
      '  step 2 of 3:\n    pdpte at ',
      '\n  by Bochs: done at physical address ',
      '\n21 vectors in 1 file: 2 disagree; ',
    ])
      expect(stdout).toContain(line);
    expect(code).toBe(1);
    const one = await paelab.run('conformance', 'walker', 'wrong', '--differences', '1');
    expect(one.stdout).toContain('first 1 of 2 differences:\n\nwrong:1: ');
    expect(one.stdout).not.toContain('wrong:21');
  });

  test('as JSON', async () => {
    const { code, stdout } = await paelab.run('conformance', 'walker', 'wrong', '--json');
    expect(JSON.parse(stdout)).toEqual({
      schema: 'paelab/conformance',
      version: 1,
      kind: 'walker',
      files: ['wrong'],
      complete: true,
      total: 21,
      agree: 19,
      disagree: 2,
      groups: {
        rights2m: { total: 3, agree: 3, disagree: 0 },
        rights4k: { total: 17, agree: 16, disagree: 1 },
        tlb: { total: 1, agree: 0, disagree: 1 },
      },
      disputed: { 'qemu-pdpte-in-memory': { total: 1, agree: 0, disagree: 1 } },
      differences: [
        {
          place: 'wrong:1',
          id: '0',
          group: 'rights4k',
          expected: { step: 0, r: { k: 'ok', pa: '0x8011eaa4' }, post: { pde: '0x1000d5219' } },
          actual: { step: 0, r: { k: 'ok', pa: '0x8011eaa4' }, post: { pde: '0x1000d5239' } },
        },
        {
          place: 'wrong:21',
          id: expect.any(String),
          group: 'tlb',
          why: 'qemu-pdpte-in-memory',
          expected: { step: 1, r: { k: 'ok', pa: expect.any(String) }, post: expect.any(Object) },
          actual: { step: 1, r: { k: 'ok', pa: expect.any(String) }, post: expect.any(Object) },
        },
      ],
    });
    expect(code).toBe(1);
  });
});

describe('bad input', () => {
  test.each<[string, string, string]>([
    [
      'a kind that there is not',
      'litmuss good',
      "value 'litmuss' is invalid for argument 'kind'. Allowed choices are walker, litmus, collapse.",
    ],
    ['no file', 'walker', "missing required argument 'paths'"],
    ['a file that is not there', 'walker good none', 'none: no such file or directory'],
    ['a directory without vectors', 'walker empty', 'empty: no vector file in it'],
    ['a file without vectors', 'walker blank', 'blank: no vectors in it'],
    ['a damaged file', 'walker text.gz', 'text.gz: damaged gzip (incorrect header check)'],
    ['a line that is no JSON', 'walker text', 'text:1: not JSON: '],
    ['a bad field', 'walker good field', "field:2: ctl: 'WQ' is not one of WP, SMEP, "],
  ])('%s', async (_, args, message) => {
    paelab.write('empty/README.md', '');
    paelab.write('blank', '\n');
    paelab.write('text', 'text');
    paelab.write('text.gz', 'text');
    paelab.write('field', `${agreed[0]}\n${agreed[1]!.replace('"ctl":"', '"ctl":"WQ ')}`);
    const { code, stdout, stderr } = await paelab.here('conformance', ...args.split(' '));
    expect(lines(stderr)).toEqual([expect.stringMatching(/^paelab: /)]);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

test('Ctrl-C: what is known by then is told', async () => {
  // Half a minute of work, with a difference first.
  paelab.write('much/0.jsonl', wrong[0]!);
  for (let i = 0; i < 20; i++) copyFileSync(vectors('agreed-36.jsonl.gz'), join(paelab.dir, `much/${i}.jsonl.gz`));
  const args = ['conformance', 'walker', 'much', '--json'];
  const { code, stdout } = await paelab.runWith({}, args, (p) => setTimeout(() => p.kill('SIGINT'), 3000));
  const { complete, total, disagree, differences } = JSON.parse(stdout);
  expect([complete, disagree, differences.length]).toEqual([false, 1, 1]);
  expect(total).toBeGreaterThan(1);
  expect(total).toBeLessThan(20 * 25573);
  expect(code).toBe(130);
});
