// SPDX-License-Identifier: GPL-2.0-only
/** What is asked for and cannot be: exit code 2, nothing on stdout, and one line on stderr that says what is wrong. */
import { describe, expect, test } from 'vitest';
import { makeCell } from '../../src/check/cell.ts';
import { formatToken } from '../../src/check/token.ts';
import { DEFECT, failureOf, HOLDS, INCONCLUSIVE, INTERRUPTED, USAGE, VIOLATED, worst } from '../../src/cli/exit.ts';
import { retractScenario } from '../../src/scenarios/retract/scenario.ts';
import { command, lines, ownInJs } from './support.ts';

const paelab = command();
const half = ownInJs('half.ts');
const { config } = makeCell(retractScenario, {}, []);
const content = { scenario: 'retract', config, without: [], start: 0, picks: [{ actor: 0, choice: 0 }] };
const token = formatToken(content);

/** @param run a file of the user's has a process of its own: what it declares stays */
async function refused(args: string[], message: string | RegExp, run = paelab.here): Promise<void> {
  const { code, stdout, stderr } = await run(...args);
  expect(lines(stderr)).toEqual([expect.stringMatching(/^paelab: /)]);
  expect(stderr.slice('paelab: '.length)).toMatch(message);
  expect(stdout).toBe('');
  expect(code).toBe(2);
}

describe('the command line', () => {
  test.each([
    ['check nope', /^no scenario 'nope'; known: retract, .*; a file of your own ends in \.ts$/m],
    ['check retract --config foo=1', /^scenario retract has no key 'foo'; it has sync, reader, /],
    ['check retract --config sync=maybe', /^sync=maybe: not one of under-lock, after-unlock, absent$/m],
    ['check retract --config sync', "'sync' is invalid. It is no KEY=VALUE."],
    ['check retract --config irqs=on --config irqs=on', "The key 'irqs' is given twice."],
    ['check retract --without nope', /^no guard 'nope'; known: anon-vma-recheck, /],
    ['check retract --config irqs=on --without lockless-irqs-off', /^irqs=on already leaves out lockless-irqs-off$/m],
    ['check --jobs many', "'many' is invalid. It is no whole number."],
    ['check --jobs 0', "'0' is invalid. It must be 1 or more."],
    ['check --max-executions 1.5', "'1.5' is invalid. It is no whole number."],
    ['check --time-limit soon', "'soon' is invalid. It is no number of seconds."],
    ['check --strategy best', /'best' is invalid\. Allowed choices are exhaustive, random, pct\.$/m],
    ['check --seed 3', '--seed needs --strategy random or pct'],
    ['check --depth 3 --strategy random', '--depth needs --strategy pct'],
    ['check --preemptions 2 --strategy pct', '--preemptions bounds an exhaustive search, not --strategy pct'],
    ['check --preemptions -1', "'-1' is invalid. It is no whole number."],
    ['check --buffer-depth 0', "'0' is invalid. It must be 1 or more."],
    ['check --jbos 2', /^unknown option '--jbos'/],
    ['verify', "unknown command 'verify'"],
    ['replay', "missing required argument 'token'"],
    ['replay abc', 'not a token: it has 1 parts between dots, not 4'],
  ])('%s', (args, message) => refused(args.split(' '), message));
});

describe('a token', () => {
  test('of another format', () =>
    refused(['replay', token.replace('paelab1', 'paelab0')], "token of format 'paelab0': this paelab reads paelab1"));
  test('that lacks a letter', () =>
    refused(['replay', token.replace(/\.(.)(?=[^.]+\.[^.]+$)/, '.')], 'damaged token: the checksum does not fit'));
  test('of a scenario that is not built in', () =>
    refused(
      ['replay', formatToken({ ...content, scenario: 'half' })],
      "the token is of scenario 'half', which is not built in: name its file",
    ));
  test('of a starting state that there is not', () => refused(['replay', formatToken({ ...content, start: 9 })], 'starting state 9, of 2'));
  test('whose picks do not fit', () =>
    refused(
      ['replay', formatToken({ ...content, picks: [{ actor: 7, choice: 0 }] })],
      /does not fit this paelab: pick 1 asks for actor 7/,
    ));
  test('whose picks lead nowhere', () =>
    refused(['replay', token], /^the token does not fit this paelab: the replayed execution has no violation$/m));
  test('with another configuration than there is', () =>
    refused(['replay', formatToken({ ...content, config: { sync: 'maybe' } })], /^sync=maybe: not one of under-lock, /));
  test('of another scenario than the file', async () => {
    paelab.write('half.js', half);
    await refused(['replay', token, 'half.js'], "half.js: it has scenario 'half', and the token is of 'retract'", paelab.run);
  });
});

describe('a scenario file', () => {
  const lineOf = (code: string, part: string): number => code.slice(0, code.indexOf(part)).split('\n').length;

  test.each<[string, (code: string) => string, (code: string) => string]>([
    ['that does not compile', (c) => c.replace('const OLD =', 'const OLD ='.slice(0, 9)), (c) => `a.js:${lineOf(c, 'const OLD')}:`],
    ['that throws while it is loaded', (c) => `${c}\nnull.x;\n`, (c) => `a.js:${lineOf(c, 'null.x')}: TypeError: Cannot read`],
    [
      'that imports what paelab does not have',
      (c) => c.replace('violate,', 'violate, telepathy,').replace("'check'", 'telepathy'),
      () => "paelab has no export 'telepathy'",
    ],
    [
      'that exports no scenario',
      (c) => c.replace('export const half', 'const half'),
      () => 'a.js: it must export one scenario or one policy, and exports none',
    ],
    [
      'that exports two',
      (c) => `${c}\nexport const other = { ...half };\n`,
      () => 'a.js: it must export one scenario or one policy, and exports half, other',
    ],
    ['without programs', (c) => c.replace('programs:', 'program:'), () => "a.js: scenario 'half': programs(): missing"],
    [
      'with a default that is no value',
      (c) => c.replace("default: 'high-first'", "default: 'up'"),
      () => "axes.order: its default 'up' is not one of its values",
    ],
    [
      'with a name that no token could hold',
      (c) => c.replace("name: 'half'", "name: 'my.half'"),
      () => 'name: letters, digits, - and _ only',
    ],
    [
      'with the name of a built-in one',
      (c) => c.replace("name: 'half'", "name: 'retract'"),
      () => "the name 'retract' is that of a built-in scenario",
    ],
    [
      'that replaces what cannot be replaced',
      (c) => c.replace('axes: {', 'replace: { printk: writer },\n  axes: {'),
      () => 'replace.printk: not one of retract_page_tables, ',
    ],
    [
      'that throws in setup',
      (c) => c.replace('poke(c, w.low', 'missing(c);\n    poke(c, w.low'),
      (c) => `a.js:${lineOf(c, 'missing(c)')}: ReferenceError: missing is not defined`,
    ],
    [
      'that throws in a program',
      (c) => c.replace("witness(c, 'the", "missing(c);\n  witness(c, 'the"),
      (c) => `a.js:${lineOf(c, 'missing(c)')}: ReferenceError: missing is not defined`,
    ],
    ['with a program for a CPU that there is not', (c) => c.replace('cpu: 1', 'cpu: 5'), () => "program 'reader' is for CPU 5, of 2"],
  ])('%s', async (_, change, message) => {
    const code = change(half);
    expect(code).not.toBe(half);
    paelab.write('a.js', code);
    await refused(['check', 'a.js'], message(code), paelab.run);
  });

  test('that is not there', () => refused(['check', 'none.js'], 'none.js: no such file', paelab.run));

  test('beside another scenario, whose result is still told', async () => {
    paelab.write('b.js', half.replace("witness(c, 'the", "missing(c);\n  witness(c, 'the"));
    const { code, stdout, stderr } = await paelab.run('check', 'retract', 'b.js', '--jobs', '1', '--max-executions', '5');
    expect(stdout).toContain('retract: inconclusive');
    expect(lines(stderr)).toEqual([expect.stringContaining('b.js:')]);
    expect(code).toBe(2);
  });

  test('that has changed since the token was made', async () => {
    const low = half.replace("default: 'high-first'", "default: 'low-first'");
    paelab.write('c.js', low);
    const { stdout } = await paelab.run('check', 'c.js', '--json');
    const made = JSON.parse(stdout).results[0].violation.token as string;
    expect((await paelab.run('replay', made, 'c.js')).code).toBe(1);
    paelab.write('c.js', low.replace("'check'", "'check'").replace('high !== NEW.high', 'high === 77'));
    await refused(['replay', made, 'c.js'], 'the token does not fit c.js', paelab.run);
  });
});

describe('a defect', () => {
  test('is told as one, with its stack, and ends with 70', async () => {
    const broken = 'data:text/javascript,Int32Array.prototype.subarray = () => { throw new Error(404) }';
    const { code, stderr, stdout } = await paelab.runWith({ NODE_OPTIONS: `--import "${broken}"` }, ['check', 'retract']);
    expect(stderr).toMatch(/^paelab: this is a defect of paelab:\nError: 404\n {4}at /);
    expect(stdout).toBe('');
    expect(code).toBe(70);
  });

  test("is not the user's, and the other way round", () => {
    expect(failureOf(new Error('x'), null).code).toBe(DEFECT);
    expect(failureOf(new Error('x'), 'errors.test.ts')).toEqual({
      code: USAGE,
      text: expect.stringMatching(/^errors\.test\.ts:\d+: Error: x$/),
    });
    expect(failureOf(new Error('x'), 'other.ts').code).toBe(DEFECT);
  });
});

test('of several codes the worst is taken', () => {
  const order = [DEFECT, INTERRUPTED, USAGE, VIOLATED, INCONCLUSIVE, HOLDS];
  for (const [i, code] of order.entries()) expect(worst(order.slice(i))).toBe(code);
  expect(worst([])).toBe(HOLDS);
});
