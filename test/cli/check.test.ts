// SPDX-License-Identifier: GPL-2.0-only
/** `check`, `replay` and `list`: verdicts, exit codes, JSON, tokens, limits, Ctrl-C. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CellResult } from '../../src/cli/result.ts';
import { command, lines, ownInJs } from './support.ts';

const paelab = command();
const HOLDING = ['--config', 'highpte=n', '--config', 'sync=absent'];
const LONG = ['retract', '--config', 'refault=other', '--config', 'history=t2'];

const resultsOf = (stdout: string): CellResult[] => (JSON.parse(stdout) as { results: CellResult[] }).results;
const timeless = (text: string): string => text.replace(/"seconds": [\d.]+/g, '');

describe('one cell', () => {
  test('that holds', async () => {
    const { code, stdout, stderr } = await paelab.run('check', 'retract', ...HOLDING);
    expect(lines(stdout)[0]).toBe('retract: holds (as expected)');
    expect(stdout).toContain('sync=absent reader=foreign irqs=off highpte=n');
    expect(stdout).toMatch(/searched +\d+ executions, 0 blocked, \d+ transitions, \d+\.\d\d s/);
    expect(stdout).toContain('  complete        every execution within these bounds:\n');
    expect(stdout).toContain('- one retraction of one page table');
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('that is violated: its token, run again in a new process, gives the same report byte for byte', async () => {
    const one = ['check', 'retract', '--without', 'lockless-sync'];
    const [text, json] = await Promise.all([paelab.run(...one), paelab.run(...one, '--json')]);
    expect([text.code, json.code]).toEqual([1, 1]);
    const { token, ...violation } = resultsOf(json.stdout)[0]!.violation!;
    const again = await paelab.run('replay', token);
    expect(again.stderr).toBe('');
    expect(again.code).toBe(1);
    expect(text.stdout.endsWith(`\n\n${again.stdout}`)).toBe(true);
    expect(again.stdout).toContain(violation.diagram);
    const machine = JSON.parse((await paelab.run('replay', token, '--json')).stdout);
    expect(machine).toMatchObject({
      schema: 'paelab/replay',
      version: 1,
      scenario: 'retract',
      without: ['lockless-sync'],
      violation: { ...violation, token },
    });
  });

  test('as JSON', async () => {
    const { code, stdout } = await paelab.run('check', 'retract', ...HOLDING, '--json');
    const { schema, version, results } = JSON.parse(stdout);
    expect([schema, version, results.length, code]).toEqual(['paelab/check', 1, 1, 0]);
    expect(results[0]).toEqual({
      scenario: 'retract',
      config: expect.objectContaining({ sync: 'absent', highpte: 'n', release: '6.6' }),
      without: [],
      verdict: 'holds',
      complete: true,
      bounds: expect.arrayContaining([expect.any(String)]),
      executions: expect.any(Number),
      blocked: 0,
      transitions: expect.any(Number),
      seconds: expect.any(Number),
      expected: 'holds',
    });
  });

  test('several scenarios: the worst code', async () => {
    const { code, stdout } = await paelab.run(
      'check',
      'retract-gup',
      'retract',
      '--config',
      'highpte=n',
      '--max-executions',
      '5',
      '--json',
    );
    expect(resultsOf(stdout).map((r) => r.scenario)).toEqual(['retract-gup', 'retract']);
    expect(code).toBe(3);
  });
});

describe('a search that is cut', () => {
  test('by --max-executions', async () => {
    const { code, stdout } = await paelab.run('check', 'retract', '--max-executions', '5');
    expect(stdout).toContain('retract: inconclusive\n');
    expect(stdout).toMatch(/not complete +cut after 5 executions/);
    expect(code).toBe(3);
  });

  test('by --time-limit', async () => {
    const { code, stdout } = await paelab.run('check', ...LONG, '--time-limit', '0.5', '--json');
    expect(resultsOf(stdout)[0]).toMatchObject({ verdict: 'inconclusive', complete: false, note: 'cut by the time limit of 0.5 s' });
    expect(code).toBe(3);
  });

  test('by Ctrl-C: what is known is printed', async () => {
    const args = ['check', ...LONG, '--json'];
    const { code, stdout, stderr } = await paelab.runWith({}, args, (p) => setTimeout(() => p.kill('SIGINT'), 2000));
    expect(resultsOf(stdout)[0]).toMatchObject({ verdict: 'inconclusive', complete: false, note: 'interrupted' });
    expect(stderr).toBe('');
    expect(code).toBe(130);
  });

  test('by chance: random executions find, and never prove', async () => {
    const random = ['--strategy', 'random', '--json'];
    const holds = await paelab.run('check', 'retract', ...HOLDING, ...random, '--max-executions', '50');
    expect(resultsOf(holds.stdout)[0]).toMatchObject({ verdict: 'inconclusive', complete: false, executions: 50 });
    paelab.write('half.js', ownInJs('half.ts'));
    const found = ['check', 'half.js', '--config', 'order=low-first', ...random, '--seed', '7', '--max-executions', '50'];
    const [a, b] = await Promise.all([paelab.run(...found), paelab.run(...found)]);
    expect(a.code).toBe(1);
    expect(timeless(a.stdout)).toBe(timeless(b.stdout));
  });
});

describe('tables', () => {
  const PART = [
    '--all',
    ...['refault=same', 'history=t1', 'windows=3', 'irqs=off', 'highpte=n', 'reader=active'].flatMap((c) => ['--config', c]),
  ];

  test('--all: the product of the axes that are not set, each different cell decided once, whatever the number of jobs', async () => {
    const [one, two, text] = await Promise.all([
      paelab.run('check', ...PART, '--json', '--jobs', '1'),
      paelab.run('check', ...PART, '--json', '--jobs', '2'),
      paelab.run('check', ...PART),
    ]);
    expect(timeless(one.stdout)).toBe(timeless(two.stdout));
    expect([one.code, two.code, text.code]).toEqual([0, 0, 0]);
    const results = resultsOf(one.stdout);
    expect(results).toHaveLength(3 * 2);
    expect(results.filter((r) => r.sameAs === undefined)).toHaveLength(3);
    for (const r of results) expect(r).toMatchObject({ verdict: r.expected, complete: true });
    for (const r of results) if (r.sameAs !== undefined) expect(r.seconds).toBe(0);
    expect(text.stdout).toMatch(/^6 cells: 6 hold, 0 violated, all as expected; 3 decided, 3 the same as another; all complete; .* s$/m);
  });

  test('--all: a cell that differs is named', async () => {
    paelab.write('half.js', ownInJs('half.ts'));
    const { code, stdout } = await paelab.run('check', 'half.js', '--all');
    expect(stdout).toContain('violated, expected: holds: half order=low-first\n');
    expect(stdout).toContain('1 not as expected');
    expect(code).toBe(1);
  });

  test('no argument: the story, each row as expected, and one counterexample', async () => {
    const { code, stdout, stderr } = await paelab.run('check');
    const [head, ...rows] = stdout.split('\n\n')[0]!.split('\n');
    expect(head).toMatch(/^verdict +expected +executions +seconds +scenario and configuration$/);
    for (const row of rows) expect(row).toMatch(/^(holds +holds|violated +violated) /);
    expect(rows.find((row) => row.includes('(without the sync)'))).toMatch(/^violated .* retract sync=absent /);
    expect(stdout.match(/^BUG: /gm)).toHaveLength(1);
    expect(stdout).toMatch(new RegExp(`^${rows.length} cells: .*, all as expected; all complete; `, 'm'));
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('a row that is cut is named, and the code says so', async () => {
    const { code, stdout } = await paelab.run('check', '--max-executions', '3');
    expect(stdout).toContain('inconclusive: retract (defaults) (cut after 3 executions)\n');
    expect(code).toBe(3);
  });
});

describe('list', () => {
  test('names scenarios, axes and guards', async () => {
    const [text, json] = await Promise.all([paelab.run('list'), paelab.run('list', '--json')]);
    expect(text.stdout).toMatch(/^ {2}sync +\[under-lock\] after-unlock absent +where /m);
    expect(text.stdout).toMatch(/^ {2}flush \+ /m);
    expect(text.stdout).toMatch(/^ {2}lockless-sync +mm\/khugepaged\.c +pmdp_get_lockless_sync\(\)/m);
    const { schema, scenarios, guards } = JSON.parse(json.stdout);
    expect(schema).toBe('paelab/list');
    expect(scenarios[0]).toMatchObject({
      name: 'retract',
      axes: expect.arrayContaining([expect.objectContaining({ key: 'flush', extra: true })]),
    });
    expect(guards).toContainEqual({ name: 'lockless-sync', about: expect.any(String), file: 'mm/khugepaged.c' });
  });

  test('--races: each declared race with its place in C', async () => {
    const { races } = JSON.parse((await paelab.run('list', '--races', '--json')).stdout);
    expect(races).toContainEqual({ about: expect.any(String), where: 'arch/x86/include/asm/pgtable-3level.h native_set_pte' });
    expect((await paelab.run('list', '--races')).stdout).toContain('pgtable-3level.h native_pmd_clear');
  });
});

describe('colour and progress', () => {
  const onTerminal = (env: Record<string, string>): string => {
    const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env;
    const shell = `'${process.execPath}' '${join(paelab.home, 'dist/paelab.js')}' check retract ${HOLDING.join(' ')}`;
    return spawnSync('script', ['-qec', shell, '/dev/null'], { env: { ...inherited, TERM: 'xterm', ...env }, encoding: 'utf8' }).stdout;
  };
  const terminal = spawnSync('script', ['--version']).status === 0;

  test('no escapes where stdout is no terminal', async () => {
    expect((await paelab.run('check', 'retract', ...HOLDING)).stdout).not.toContain('\x1b');
  });

  test.runIf(terminal)('colours on a terminal, unless NO_COLOR is set', () => {
    expect(onTerminal({})).toContain('retract: \x1b[32mholds\x1b[39m');
    expect(onTerminal({ NO_COLOR: '1' })).toContain('retract: holds');
  });
});
