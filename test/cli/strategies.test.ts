// SPDX-License-Identifier: GPL-2.0-only
/** Strategies on the command line: what their verdicts say and what they exit with; scenarios that are not deterministic, and such as never end. */
import { describe, expect, test } from 'vitest';
import { parseToken } from '../../src/check/token.ts';
import type { CellResult } from '../../src/cli/result.ts';
import { command, lines, ownInJs } from './support.ts';

const paelab = command();
const half = ownInJs('half.ts');
const LOW_FIRST = ['--config', 'order=low-first'];
const resultOf = (stdout: string): CellResult => (JSON.parse(stdout) as { results: CellResult[] }).results[0]!;

describe('a bounded search', () => {
  test('holds within its bounds, and says so', async () => {
    paelab.write('half.js', half);
    const args = ['check', 'half.js', '--preemptions', '1', '--buffer-depth', '2'];
    const [text, json] = await Promise.all([paelab.run(...args), paelab.run(...args, '--json')]);
    expect(lines(text.stdout)[0]).toBe('half: holds within 1 preemption and 2 buffered stores');
    expect(text.stdout).toContain('- at most 1 preemption: a switch away from a vCPU that could');
    expect(text.code).toBe(0);
    const r = resultOf(json.stdout);
    expect(r).toMatchObject({ verdict: 'holds', complete: true, within: '1 preemption and 2 buffered stores' });
    expect(r.bounds).toEqual([
      'one change of one entry, one read of it',
      expect.stringMatching(/^at most 1 preemption: /),
      'at most 2 stores in a store buffer: a further one waits',
    ]);
  });

  test('finds with one preemption what it does not find with none', async () => {
    paelab.write('half.js', half);
    const within = (n: string) => paelab.run('check', 'half.js', ...LOW_FIRST, '--preemptions', n, '--json');
    const [none, one] = await Promise.all([within('0'), within('1')]);
    expect([none.code, one.code]).toEqual([0, 1]);
    const { token } = resultOf(one.stdout).violation!;
    expect((await paelab.run('replay', token, 'half.js')).code).toBe(1);
  });

  test('that never sees what must be reachable is inconclusive: it may lie beyond the bounds', async () => {
    const torn = half.replace(/violate\(c, .*\);/, "witness(c, 'half of it');");
    paelab.write('far.js', torn.replace("['the new entry was read']", "['half of it']"));
    const far = ['check', 'far.js', ...LOW_FIRST];
    expect((await paelab.run(...far)).code).toBe(0);
    const { code, stdout } = await paelab.run(...far, '--preemptions', '0');
    expect(stdout).toContain('half: inconclusive\n');
    expect(stdout.replace(/\s+/g, ' ')).toContain('never seen within 0 preemptions: half of it');
    expect(code).toBe(3);
  });

  test('of the buffer has a token that says so', async () => {
    paelab.write('half.js', half);
    const { stdout } = await paelab.run('check', 'half.js', ...LOW_FIRST, '--buffer-depth', '1', '--json');
    const { token } = resultOf(stdout).violation!;
    expect(parseToken(token).bufferDepth).toBe(1);
    const again = await paelab.run('replay', token, 'half.js');
    expect(again.stdout).toContain(token);
    expect(again.code).toBe(1);
  });
});

test('pct prints its guarantee, and proves nothing', async () => {
  paelab.write('half.js', half);
  const args = ['check', 'half.js', '--strategy', 'pct', '--depth', '2', '--max-executions', '101'];
  const [text, json] = await Promise.all([paelab.run(...args), paelab.run(...args, '--json')]);
  expect(text.stdout.replace(/\s+/g, ' ')).toContain(
    'random executions prove nothing; pct finds a bug of depth 2 with probability at least 1/(2*4) = 0.13 in one run, 1.0 in 100: ' +
      'estimated from the 2 actors that moved and the 4 transitions of the longest run',
  );
  expect(text.code).toBe(3);
  expect(resultOf(json.stdout)).toMatchObject({
    verdict: 'inconclusive',
    guarantee: { depth: 2, actors: 2, transitions: 4, runs: 100 },
  });
});

describe('--verify-determinism', () => {
  test('passes what is deterministic', async () => {
    paelab.write('half.js', half);
    expect((await paelab.run('check', 'half.js', '--verify-determinism')).code).toBe(0);
  });

  test.each([
    ['Math.random()', 'Math.floor(Math.random() * 1e9)'],
    ['the time', 'Math.floor(process.hrtime()[1])'],
  ])('names the file and the pick where %s shows', async (_, value) => {
    paelab.write('loose.js', half.replace('store(c, w.high, NEW.high)', `store(c, w.high, ${value})`));
    const { code, stdout, stderr } = await paelab.run('check', 'loose.js', '--verify-determinism');
    expect(lines(stderr)).toEqual([
      expect.stringMatching(
        /^paelab: loose\.js: it is not deterministic: the same picks lead elsewhere: they part at pick \d+: first a drain of CPU0/,
      ),
    ]);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('a scenario that never ends', () => {
  test('with a timer that it has left', async () => {
    paelab.write('timer.js', `${half}\nsetInterval(() => {}, 1000);\n`);
    expect((await paelab.run('check', 'timer.js')).code).toBe(0);
  });

  test('with operations: cut, and the loop is named', async () => {
    paelab.write(
      'busy.js',
      half.replace(
        'const low = yield* load(c, w.low);',
        'let low = yield* load(c, w.low);\n  for (let i = 0; i >= 0; i++) yield* store(c, w.low, (low = (yield* load(c, w.low)) + i));',
      ),
    );
    const { code, stdout } = await paelab.run('check', 'busy.js', '--json', '--strategy', 'random', '--max-executions', '1');
    expect(resultOf(stdout)).toMatchObject({
      verdict: 'inconclusive',
      complete: false,
      note: expect.stringMatching(/^an execution has more than 20000 transitions; it was in (CPU1 at |a drain)/),
    });
    expect(code).toBe(3);
  });
});
