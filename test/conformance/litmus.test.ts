// SPDX-License-Identifier: GPL-2.0-only
/**
 * Litmus vectors through the runner: the published enhanced tests, what is said of a vector that differs, and of a line that is none. The other
 * suites are those of test/litmus/conformance.test.ts.
 * Time budget: 8 s.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../src/build/erase.mjs';
import { eltVerdict } from '../../src/conformance/litmus/elt.ts';
import { ELT_OUTCOMES } from '../../src/conformance/litmus/elt-outcomes.ts';
import { eltPrograms } from '../../src/conformance/litmus/elt-program.ts';
import { parseElt } from '../../src/conformance/litmus/elt-record.ts';
import { litmusKind } from '../../src/conformance/litmus/kind.ts';
import { readLine } from '../../src/conformance/litmus/record.ts';
import { conform } from '../../src/conformance/run.ts';
import { litmusMachine } from '../../src/litmus/machine.ts';
import { UsageError } from '../../src/usage-error.ts';
import { suiteLines } from '../support/litmus.ts';
import { MUTANTS } from '../support/translation-mutants.ts';

const dir = mkdtempSync(join(tmpdir(), 'paelab-litmus-'));
afterAll(() => rmSync(dir, { recursive: true }));

const limits = { differences: 3, signal: new AbortController().signal, progress: () => {} };
const run = (line: string) => litmusKind().parse(line, 'a.jsonl:7').run();
const lineOf = (suite: string, name: string): string => suiteLines(suite).find((line) => line.includes(`"name":"${name}"`))!;

test('every published enhanced test has its verdict', async () => {
  const { all, found } = await conform(litmusKind(), [join(ROOT, 'test/vectors/litmus/elt-published.jsonl.gz')], limits);
  expect(found.map((f) => f.difference.text())).toEqual([]);
  expect(all).toEqual({ total: 16, agree: 16, disagree: 0 });
});

test('a run tells how many executions there were, beside states and beside the fewest possible', async () => {
  const file = join(dir, 'two.jsonl');
  writeFileSync(file, `${lineOf('classic', 'podwr000')}\n${lineOf('translation', 'synonym-n5')}\n`);
  const kind = litmusKind();
  await conform(kind, [file], limits);
  expect(kind.summaries!()[0]).toMatchObject({
    name: 'executions',
    json: { classic: { states: 4, executions: 4, perState: 1, counted: 4, optimum: 4 }, translation: { states: 4, executions: 4 } },
  });
});

describe('a vector that differs is told in full:', () => {
  test('a state too many, with an execution that ends in it', () => {
    const d = run(lineOf('classic', 'podwr000').replace('[0,0,1,1],', ''))!;
    expect(d.actual).toMatchObject({ extra: [[0, 0, 1, 1]] });
    const text = d.text();
    expect(text).toMatch(
      /^a\.jsonl:7: podwr000, suite classic\n {2}X86 podwr000\n {2}\{ x=0; y=0; \}\n {3}P0 +\| P1 +;\n {3}MOV \[x\],\$1 +\| MOV \[y\],\$1 +;/,
    );
    expect(text).toContain('\n  found, not allowed:  0:EAX=0; 1:EAX=0; [x]=1; [y]=1;\n');
    expect(text).toMatch(/one execution that ends in 0:EAX=0; 1:EAX=0; \[x\]=1; \[y\]=1;\n\n {2}P0 +P1\n {2}-- +--\n/);
    expect(text).toMatch(/y is 0x0\n(.*\n)*.* x is 0x0/);
  });

  test('a state too few, a condition, a number of executions', () => {
    const line = lineOf('classic', 'podwr000')
      .replace('[[0,0,1,1],', '[[0,0,1,1],[7,7,1,1],')
      .replace('"graphs":{"tso":4', '"graphs":{"tso":5');
    const d = run(line.replace(/"tso":"sometimes"/, '"tso":"never"'))!;
    expect(d.expected).toMatchObject({ missing: [[7, 7, 1, 1]] });
    expect(d.text()).toContain('\n  allowed, not found:  0:EAX=7; 1:EAX=7; [x]=1; [y]=1;\n');
    expect(d.text()).toMatch(/\n {2}condition \S+: recorded Never, found Sometimes\n/);
    expect(d.text()).toContain('\n  4 executions, where 5 are enough\n');
  });

  test('a verdict', () => {
    const text = run(lineOf('elt-published', 'elt-ipi3').replace('"permitted"', '"forbidden"'))!.text();
    expect(text).toContain('a.jsonl:7: elt-ipi3, suite elt-published\n  published: forbidden\n  paelab: permitted\n');
    expect(text).toMatch(/one of 2 programs, pte_b=f0:PWAD; pte_a=f1:PWAD;\n.*\n.*UNTIL \[handled1\],\$1/);
  });
});

describe('the verdict of an enhanced test', () => {
  const verdict = (name: string, change: (typeof MUTANTS)[string] = () => {}) => {
    const record = parseElt(readLine(lineOf('elt-published', name), 'a.jsonl:1'));
    return eltVerdict(record, eltPrograms(record), ELT_OUTCOMES[name] ?? {}, (program) => {
      const litmus = litmusMachine(program);
      change(litmus.machine);
      return litmus;
    });
  };

  test('is another one where invalidations remove nothing', () => {
    expect(verdict('elt-ipi8', MUTANTS['invalidations remove nothing'])).toBe('permitted');
  });

  test('is that of the outcome that its name stands for', () => {
    const record = parseElt(readLine(lineOf('elt-published', 'elt-n5'), 'a.jsonl:1'));
    expect(eltVerdict(record, eltPrograms(record), ELT_OUTCOMES['elt-n5']!)).toBe('forbidden');
    expect(eltVerdict(record, eltPrograms(record), { reads: { r10: 'w20', r30: 'w20' } })).toBe('permitted');
  });

  test('is forbidden where a remap has no invalidation, or one page several frames', () => {
    const record = parseElt(readLine(lineOf('elt-published', 'elt-ptwalktest'), 'a.jsonl:1'));
    const without = { ...record, threads: record.threads.map((events) => events.filter((e) => e.op !== 'invlpg')) };
    expect(eltVerdict(without, eltPrograms(without), {})).toBe('forbidden');
    const event = { op: 'load', va: 'va0', pte: null, via: null, walks: false, dirties: false } as const;
    const two = {
      ...record,
      threads: [
        [
          { ...event, id: 'r0', pa: 'pa0' },
          { ...event, id: 'r1', pa: 'pa1' },
        ],
      ],
    };
    expect(eltVerdict(two, eltPrograms(two), {})).toBe('forbidden');
  });
});

describe('a line that is no vector is said to be wrong where it is:', () => {
  const sb = JSON.parse(lineOf('classic', 'podwr000')) as Record<string, unknown>;
  const bad = (change: object): string => JSON.stringify({ ...sb, ...change });

  test.each([
    ['{', /^a\.jsonl:7: not JSON: /],
    [bad({ suite: undefined }), 'a.jsonl:7: suite: missing'],
    [bad({ threads: [] }), 'a.jsonl:7: threads: not 1 to 8 threads'],
    [bad({ threads: [[{ op: 'jump' }]] }), /^a\.jsonl:7: threads\[0\]\[0\]\.op: "jump" is not one of /],
    [bad({ threads: [[{ op: 'load', loc: 'x' }]] }), 'a.jsonl:7: threads[0][0].reg: missing'],
    [bad({ threads: [[{ op: 'load', va: 'x', reg: 'eax' }]] }), 'a.jsonl:7: threads[0][0].va: there is no pte_x'],
    [bad({ threads: [[{ op: 'ipi', to: 1 }]], handlers: [] }), 'a.jsonl:7: threads[0][0].to: 1 is not an integer from 0 to 0'],
    [bad({ threads: [[{ op: 'cli' }]], vars: [] }), 'a.jsonl:7: handlers: missing'],
    [bad({ init: { x: 'one' } }), 'a.jsonl:7: init.x: "one" is not an integer from -2147483648 to 4294967295'],
    [bad({ vars: ['9:eax'] }), "a.jsonl:7: vars[0]: there is no thread for '9:eax'"],
    [bad({ tso: [[0]] }), 'a.jsonl:7: tso[0]: 1 values for 4 variables'],
    [bad({ graphs: {} }), 'a.jsonl:7: graphs.tso: missing'],
    [bad({ conditions: [{ name: 'c', expr: ['xor'], tso: 'never' }] }), /^a\.jsonl:7: conditions\[0\]\.expr\[0\]: "xor" is not one of /],
    [bad({ conditions: [{ name: 'c', expr: ['eq', 'q', 1], tso: 'never' }] }), "a.jsonl:7: conditions[0].expr[1]: 'q' is not one of vars"],
    [lineOf('elt-published', 'elt-n5').replace('"store"', '"stare"'), /^a\.jsonl:7: threads\[0\]\[0\]\.op: "stare" is not one of /],
    [
      lineOf('elt-published', 'elt-null').replace('"Write":"=1"', '"Write":">=1"'),
      'a.jsonl:7: event_counts.Write: not a number such as "=1"',
    ],
  ])('%#', (line, error) => {
    const parse = () => litmusKind().parse(line, 'a.jsonl:7');
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(error);
  });
});
