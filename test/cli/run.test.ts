// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab run`, as built: results, traces, clock, bad input, Ctrl-C. The examples of docs/workloads.md run, but for the large one, which is
 * interrupted. Budget: 8 s.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../../src/build/erase.mjs';
import { FORMS } from '../../src/workload/operation.ts';
import { ADVICES, parseWorkload } from '../../src/workload/parse.ts';
import { command, lines } from './support.ts';

const paelab = command();
const example = (name: string): string => join(ROOT, 'docs/workloads', name);
const page = readFileSync(join(ROOT, 'docs/workloads.md'), 'utf8');

it('docs/workloads.md names every example, operation and advice', () => {
  for (const name of readdirSync(join(ROOT, 'docs/workloads'))) {
    expect(page).toContain(`docs/workloads/${name}`);
    expect(parseWorkload(readFileSync(example(name), 'utf8'), name).length).toBeGreaterThan(0);
  }
  const code = [...page.matchAll(/`([^`]+)`/g)].map((m) => m[1]!).join(' ');
  for (const word of [...Object.keys(FORMS), ...ADVICES]) expect(code.split(/[\s,]+/)).toContain(word);
});

it('says of the shared file what the kernel would', async () => {
  const { code, stdout, stderr } = await paelab.run('run', example('shared.txt'));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const line of ['  mm_khugepaged_scan_file: succeeded', '  nr_page_table_pages -2', '  pages_collapsed +1', '  P1: VmPTE 12 kB (-4)'])
    expect(lines(stdout)).toContain(line);
  expect(stdout).toMatch(/^ +ShmemPmdMapped: +0 kB$/m);
});

it('traces as ftrace does', async () => {
  const { stdout } = await paelab.run('run', example('shared.txt'), '--trace', '--config', 'kernel=6.6');
  expect(stdout).toContain('# tracer: nop');
  expect(stdout).toMatch(
    /^ {6}khugepaged-40 {6}\[000\] \.{5} {5}0\.000000: mm_khugepaged_scan_file: mm=0x[0-9a-f]+, scan_pfn=0x[0-9a-f]+, file=.*, present=512, swap=0, result=succeeded$/m,
  );
});

it('lets khugepaged scan 16 MiB in every 10 s', async () => {
  const { stdout, code } = await paelab.run('run', example('pace.txt'), '--json');
  expect(code).toBe(0);
  const { cases } = JSON.parse(stdout);
  const rounds = cases[0].results.filter((r: { op: string }) => r.op.startsWith('khugepaged'));
  expect(rounds.map((r: { seconds: number; measured: object }) => [r.seconds, r.measured])).toMatchObject([
    [10, { pages_collapsed: 8 }],
    [20, { pages_collapsed: 16 }],
  ]);
});

it('has one clear line for what cannot be', async () => {
  const cases: [string, string[], string][] = [
    ['case a\nspawn P0 9\nend\n', [], 'w.txt:2: spawn P0 9: there is no CPU 9'],
    ['case a\nread P0 H0 1\nend\n', [], 'w.txt:2: read P0 H0 1: there is no process P0'],
    ['case a\nspawn P3..P1 0\nend\n', [], "w.txt:2: spawn: 'P3..P1' is no range, as in P0..P7"],
    ['case a\nkhugepaged for ever\nend\n', [], "w.txt:2: khugepaged: duration: 'ever' is not a number of seconds, as in 30s"],
    ['config memory=1\ncase a\nend\n', [], 'w.txt:1: config memory=1: not a whole number from 64 to 8388608'],
    ['case a\nend\n', ['cpus=0'], '--config cpus=0: not a whole number from 1 to 31'],
    ['case a\nend\n', ['cpus=32'], '--config cpus=32: not a whole number from 1 to 31'],
    ['case a\nend\n', ['memory=99999999'], '--config memory=99999999: not a whole number from 64 to 8388608'],
    ['case a\nend\n', ['kernel=2.6'], '--config kernel=2.6: not one of 6.1, 6.5, 6.6'],
  ];
  for (const [text, config, message] of cases) {
    paelab.write('w.txt', text);
    const { code, stderr } = await paelab.here('run', 'w.txt', ...config.flatMap((c) => ['--config', c]));
    expect({ code, stderr }).toEqual({ code: 2, stderr: `paelab: ${message}\n` });
  }
});

it('runs on a machine of 64 GiB; tells after Ctrl-C what was done', async () => {
  paelab.write('many.txt', readFileSync(example('many.txt'), 'utf8').replaceAll('262144', '32768'));
  const { code, stdout } = await paelab.runWith({}, ['run', 'many.txt'], (p) =>
    p.stdout!.on('data', (d: Buffer) => {
      if (d.toString().includes('read P1 ')) p.kill('SIGINT');
    }),
  );
  expect(code).toBe(130);
  expect(stdout).toContain('write P0 H0 32768 1  pages=32768\n');
  expect(stdout).toMatch(/read P\d+ H0 32768 {2}(interrupted|pages=32768)\n$/); // in the middle of one, or between two
});
