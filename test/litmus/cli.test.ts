// SPDX-License-Identifier: GPL-2.0-only
/**
 * `litmus` as a user runs it: the examples of docs/litmus, what is printed, JSON, exit codes, bad input; and `conformance litmus`.
 * Time budget: 12 s.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../src/build/erase.mjs';
import { command, lines } from '../cli/support.ts';
import { suiteLines } from '../support/litmus.ts';

const paelab = command();
const examples = join(ROOT, 'docs/litmus');
const example = (name: string): string => join(examples, `${name}.litmus`);

/** How often the condition of each example is true, and in how many executions it is and is not. */
const EXAMPLES: Record<string, string> = {
  '2+2W': 'Never 0 3',
  'dirty-after-data': 'Always 3 0',
  incs: 'Always 8 0',
  IRIW: 'Never 0 15',
  LB: 'Never 0 3',
  MP: 'Never 0 3',
  R: 'Sometimes 1 3',
  'R+po+mfence': 'Never 0 3',
  S: 'Never 0 3',
  SB: 'Sometimes 1 3',
  'SB+lock-inc': 'Never 0 3',
  'SB+mfences': 'Never 0 3',
  'SB+rfi-pos': 'Sometimes 1 3',
  shootdown: 'Never 0 10',
  'shootdown-x2apic': 'Sometimes',
  synonym: 'Never 0 4',
};

beforeAll(() => {
  paelab.write('good.litmus', 'X86 good\n{}\nP0;\nMOV [x],$1;\nforall (x=1)\n');
  paelab.write('bad.litmus', 'X86 bad\n{}\nP0;\nMOV [x] $1;\n');
  paelab.write('broken.litmus', 'X86 broken\n{}\nP0 | P1;\nMOV [x],$1 | MOV EAX,[x];\nforall (1:EAX=1)\n');
  paelab.write('stuck.litmus', 'X86 stuck\n{}\nP0 | P1;\nUNTIL [x],$1 | MOV [y],$1 ;\n');
  paelab.write('endless.litmus', 'X86 endless\n{}\nP0 | H0;\nIPI $0 | IPI $0;\n');
  const five = 'INC [x] | INC [x] | INC [x] | INC [x] | INC [x];\n';
  paelab.write('large.litmus', `X86 large\n{}\nP0 | P1 | P2 | P3 | P4;\n${five.repeat(5)}`);
  paelab.write('vectors/two.jsonl', suiteLines('classic').slice(0, 2).join('\n'));
  paelab.write('vectors/README.md', 'no vectors');
  paelab.write('wrong.jsonl', suiteLines('classic')[0]!.replace('"threads"', '"treads"'));
});

test('the examples', async () => {
  const files = readdirSync(examples).map((name) => join(examples, name));
  const { code, stdout, stderr } = await paelab.run('litmus', ...files, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  type Json = {
    tests: { name: string; conditions: { ok: boolean; positive: number; negative: number; observation: string; quantifier: string }[] }[];
  };
  const { tests } = JSON.parse(stdout) as Json;
  expect(tests.map((t) => t.name).sort()).toEqual(Object.keys(EXAMPLES).sort());
  for (const { name, conditions } of tests) {
    const [c] = conditions;
    expect(`${c!.observation} ${c!.positive} ${c!.negative}`).toMatch(new RegExp(`^${EXAMPLES[name]!}`));
  }
});

describe('the output', () => {
  test('is that of herd7, and the executions of each state', async () => {
    const { code, stdout, stderr } = await paelab.run('litmus', example('SB'), 'good.litmus');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`Test SB Allowed
States 4
0:EAX=0; 1:EAX=0;
0:EAX=0; 1:EAX=1;
0:EAX=1; 1:EAX=0;
0:EAX=1; 1:EAX=1;
Ok
Witnesses
Positive: 1 Negative: 3
Condition exists (0:EAX=0 /\\ 1:EAX=0)
Observation SB Sometimes 1 3
Histogram (4 states)
1     *>0:EAX=0; 1:EAX=0;
1     :>0:EAX=0; 1:EAX=1;
1     :>0:EAX=1; 1:EAX=0;
1     :>0:EAX=1; 1:EAX=1;
Executions SB 4

Test good Required
States 1
[x]=1;
Ok
Witnesses
Positive: 1 Negative: 0
Condition forall ([x]=1)
Observation good Always 1 0
Histogram (1 states)
1     *>[x]=1;
Executions good 1
`);
  });

  test('of ~exists has as witnesses what is not so, as herd7 has', async () => {
    const { stdout } = await paelab.run('litmus', example('SB+mfences'));
    expect(stdout).toMatch(/^Test SB\+mfences Forbidden\nStates 3\n(.*\n){3}Ok\nWitnesses\nPositive: 3 Negative: 0\n/);
    expect(stdout).toContain('\nObservation SB+mfences Never 0 3\n');
  });

  test('shows faults and entries by name', async () => {
    const { stdout } = await paelab.run('litmus', example('shootdown'), example('dirty-after-data'));
    expect(stdout).toContain('\n1:EAX=10; 1:EBX=fault;\n');
    expect(stdout).toContain('\n1:EAX=10; 1:EBX=f0:PWA; [pte_x]=f0:PWAD;\n');
  });

  test('of a file of vectors is one for each', async () => {
    const { code, stdout } = await paelab.run('litmus', 'vectors/two.jsonl');
    expect(code).toBe(0);
    expect(lines(stdout).filter((line) => line.startsWith('Test '))).toHaveLength(2);
  });

  test('as JSON', async () => {
    const { stdout } = await paelab.run('litmus', 'broken.litmus', 'bad.litmus', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'paelab/litmus',
      version: 1,
      complete: true,
      tests: [
        {
          file: 'broken.litmus',
          name: 'broken',
          states: [
            { values: { '1:EAX': 0 }, executions: 1 },
            { values: { '1:EAX': 1 }, executions: 1 },
          ],
          conditions: [{ quantifier: 'forall', ok: false, positive: 1, negative: 1, observation: 'Sometimes' }],
          executions: 2,
          blocked: 0,
          violations: [],
        },
      ],
      errors: ['bad.litmus:4:1: MOV has two operands'],
    });
  });
});

describe('the exit code', () => {
  test('is 1 if what is required is not so, or a CPU waits for ever', async () => {
    expect((await paelab.run('litmus', 'broken.litmus')).code).toBe(1);
    const { code, stdout } = await paelab.run('litmus', 'stuck.litmus');
    expect(code).toBe(1);
    expect(stdout).toMatch(/\nExecutions stuck 0, and 1 in which a vCPU waits for ever\nViolation nothing can go on: CPU0 waits for x\n$/);
  });

  test('is 3 if a search has no end', async () => {
    const { code, stdout } = await paelab.run('litmus', 'endless.litmus');
    expect(code).toBe(3);
    expect(stdout).toMatch(/\nCut an execution has more than 20000 transitions; .*: what is printed is not all\n$/);
  });

  test('is 130 after Ctrl-C, and what was found is told', async () => {
    let interrupted: NodeJS.Timeout | undefined;
    const { code, stdout } = await paelab.runWith({}, ['litmus', 'good.litmus', 'large.litmus', 'good.litmus'], (p) => {
      // The first test has been told: the second one is running, and would for hours.
      p.stdout!.once('data', () => (interrupted = setTimeout(() => p.kill('SIGINT'), 100)));
    });
    clearTimeout(interrupted);
    expect(code).toBe(130);
    expect(lines(stdout).filter((line) => line.startsWith('Test '))).toEqual(['Test good Required', 'Test large Required']);
    expect(lines(stdout).at(-1)).toBe('Cut interrupted: what is printed is not all');
  });

  test('is 2 if a file is wrong, in one line; the others are run', async () => {
    const { code, stdout, stderr } = await paelab.run('litmus', 'bad.litmus', 'none.litmus', 'wrong.jsonl', 'good.litmus');
    expect(code).toBe(2);
    expect(lines(stderr)).toEqual([
      'paelab: bad.litmus:4:1: MOV has two operands',
      expect.stringMatching(/^paelab: none\.litmus: cannot be read \(ENOENT/),
      'paelab: wrong.jsonl:1: threads: missing',
    ]);
    expect(stdout).toMatch(/^Test good Required\n/);
  });
});

describe('conformance litmus', () => {
  test('of a directory takes its vector files', async () => {
    const { code, stdout } = await paelab.run('conformance', 'litmus', 'vectors');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^classic +2 +2 +0$/m);
    expect(stdout).toMatch(/^group +states +executions +per state +counted +fewest +blocked$/m);
    expect(stdout).toMatch(/^2 vectors in 1 file: all agree; /m);
  });

  test('as JSON, of a file that is wrong', async () => {
    const { code, stdout } = await paelab.run('conformance', 'litmus', 'vectors', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'litmus', total: 2, agree: 2, disagree: 0, groups: { classic: { total: 2 } } });
    const bad = await paelab.run('conformance', 'litmus', 'wrong.jsonl');
    expect(bad).toEqual({ code: 2, stdout: '', stderr: 'paelab: wrong.jsonl:1: threads: missing\n' });
  });
});

test('the page shows the examples as they are', () => {
  const page = readFileSync(join(ROOT, 'docs/litmus.md'), 'utf8');
  for (const name of ['SB', 'shootdown']) expect(page).toContain(readFileSync(example(name), 'utf8'));
});
