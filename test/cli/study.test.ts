// SPDX-License-Identifier: GPL-2.0-only
/** `paelab study`, as built: text, files, JSON, Ctrl-C, and one line for each kind of bad input. Budget: 8 s of CPU time. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../../src/build/erase.mjs';
import { CONSTANTS, PROFILES } from '../../src/engines/timed/costs.ts';
import type { TraceEvent } from '../../src/report/perfetto.ts';
import type { Study } from '../../src/study/charts.ts';
import { complaints } from '../support/trace-complaints.ts';
import { command, lines, ownInJs } from './support.ts';

const paelab = command();
const study = (...args: string[]): ReturnType<typeof paelab.run> => paelab.run('study', 'shootdown', ...args);
const refused = (...args: string[]): ReturnType<typeof paelab.run> => paelab.here('study', 'shootdown', ...args);

it('tells what it found, and puts it into files', async () => {
  const { code, stdout, stderr } = await study('--cpus', '1,2', '--policy', 'linux,serial', '--out', 'found');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(lines(stdout)[0]).toBe('TLB shootdown: dontneed, haswell-1s');
  expect(stdout).toMatch(/^linux +1 +66\d(\.\d)? .*█/m);
  expect(stdout).toMatch(/^serial +2 +1,3\d\d .*█/m);
  expect(stdout).not.toContain('32-bit');
  const dir = join(paelab.dir, 'found');
  expect(readdirSync(dir).sort()).toEqual([1, 2, 3, 4, 5, 6].map((n) => `chart-${n}.svg`).concat('study.json', 'table-1.csv'));
  expect(readFileSync(join(dir, 'table-1.csv'), 'utf8')).toMatch(/^policy,CPUs,initiators,pages,p50 \(ns\),.*\nlinux,1,1,1,66\d,/);
  expect(readFileSync(join(dir, 'chart-1.svg'), 'utf8')).toMatch(/^<svg [\s\S]*<title>Latency of the initiator<\/title>[\s\S]*<\/svg>\n$/);
  const doc = JSON.parse(readFileSync(join(dir, 'study.json'), 'utf8')) as Study;
  expect([doc.schema, doc.version, doc.complete, doc.cells.length]).toEqual(['paelab/study', 1, true, 4]);
  expect(Object.keys(doc.constants)).toEqual(Object.keys(CONSTANTS));
});

it('is the same for the same seed, with a trace too: of the first operations at the most CPUs', async () => {
  const args = ['--cpus', '1,3', '--workload', 'munmap', '--json'];
  const [plain, traced] = await Promise.all([study(...args), study(...args, '--perfetto', 'trace.json')]);
  expect(traced.stdout.replace(' --perfetto trace.json', '')).toBe(plain.stdout);
  const { traceEvents: events } = JSON.parse(readFileSync(join(paelab.dir, 'trace.json'), 'utf8')) as { traceEvents: TraceEvent[] };
  expect(complaints(events)).toEqual([]);
  expect(events.flatMap((e) => (e.name === 'thread_name' ? e.args!['name'] : []))).toEqual(['CPU0', 'CPU1', 'CPU2']);
  const slices = (cpu: number): string[] => events.flatMap((e) => (e.ph === 'B' && e.tid === cpu ? e.name! : []));
  const from = slices(0).indexOf('munmap');
  const [call, wait] = ['Function call interrupt', 'wait for csd'];
  const shootdown = ['munmap', `${call} -> CPU1`, `${call} -> CPU2`, 'INVLPG', `${wait}(0 to 1).u_flags`, `${wait}(0 to 2).u_flags`];
  expect(slices(0).slice(from, from + 6)).toEqual(shootdown);
  expect(slices(0).filter((name) => name === 'munmap')).toHaveLength(20);
  expect(slices(1).slice(0, 2)).toEqual([call, 'INVLPG']);
  const count = (ph: string): number => events.filter((e) => e.ph === ph).length;
  expect(count('s')).toBeGreaterThanOrEqual(40);
  expect([count('t'), count('f')]).toEqual([2 * count('s'), count('s')]);
});

it('calls a wrong policy wrong, and says of one of the user that a check has to decide', async () => {
  paelab.write('one-by-one.js', ownInJs('one-by-one.ts'));
  const { code, stdout } = await study('--cpus', '2', '--policy', 'none,./one-by-one.js');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^Policy none is wrong: only this CPU flushes\. It is no result: see paelab check shootdown --policy none --all\.$/m,
  );
  expect(stdout).toMatch(
    /^Policy one-by-one is not one of paelab's: whether it is safe says paelab check shootdown --policy FILE --all\.$/m,
  );
  expect(stdout).toMatch(/^none \(wrong\) +2 +66/m);
});

it('tells what it knows when it is interrupted', async () => {
  const args = ['study', 'shootdown', '--cpus', '1..256', '--json'];
  const { code, stdout } = await paelab.runWith({}, args, (p) => setTimeout(() => p.kill('SIGINT'), 1500));
  expect(code).toBe(130);
  expect((JSON.parse(stdout) as Study).complete).toBe(false);
});

it.each([
  [['--policy', 'linus'], /^paelab: no policy 'linus'; known: linux, serial, /],
  [['--policy', 'linux,linux'], /^paelab: --policy: 'linux' is given twice$/],
  [['--profile', 'vax'], /^paelab: no profile 'vax'; known: haswell-1s, /],
  [['--cpus', '1..'], /^paelab: --cpus : not a whole number from 1 to 256/],
  [['--cpus', '1..257'], /^paelab: --cpus 257: not a whole number from 1 to 256/],
  [['--pages', '0'], /^paelab: --pages 0: not a whole number/],
  [['--workload', 'fork'], /^paelab: no workload 'fork'; known: dontneed, munmap, mprotect, collapse, or a file/],
  [['--workload', './none.txt'], /^paelab: .\/none.txt: cannot be read/],
  [['--workload', 'collapse', '--pages', '513'], /^paelab: --pages: a collapse has 512 at most$/],
  [['--costs', 'none.json'], /^paelab: none.json: cannot be read/],
  [['--seed', 'x'], /^paelab: option '--seed <n>' argument 'x' is invalid/],
])('%j: one line, exit code 2', async (args, message) => {
  const { code, stdout, stderr } = await refused(...args);
  expect({ code, stdout, n: lines(stderr.trimEnd()).length }).toEqual({ code: 2, stdout: '', n: 1 });
  expect(lines(stderr)[0]).toMatch(message);
});

it.each(['taken', 'taken/found', '/proc/found'])('says before the run that a folder cannot be written: %s', async (out) => {
  paelab.write('taken', 'a file');
  const { code, stdout, stderr } = await refused('--cpus', '1..256', '--out', out);
  expect({ code, stdout, n: lines(stderr.trimEnd()).length }).toEqual({ code: 2, stdout: '', n: 1 });
  expect(stderr.startsWith(`paelab: --out ${out}: cannot be written (`)).toBe(true);
});

it('says before the run that a trace cannot be written', async () => {
  paelab.write('taken', 'a file');
  const { code, stdout, stderr } = await refused('--cpus', '1..256', '--perfetto', 'taken/trace.json');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^paelab: --perfetto taken\/trace.json: cannot be written \([^\n]*\)\n$/);
});

it('docs/shootdown.md has every profile and constant, and its charts exist', () => {
  const page = readFileSync(join(ROOT, 'docs/shootdown.md'), 'utf8');
  for (const name of [...Object.keys(PROFILES), ...Object.keys(CONSTANTS)]) expect(page).toContain(`\`${name}\``);
  const charts = [...page.matchAll(/\]\((shootdown\/[^)]+)\)/g)].map((m) => m[1]!);
  expect(charts.length).toBeGreaterThanOrEqual(6);
  for (const chart of charts) expect(existsSync(join(ROOT, 'docs', chart))).toBe(true);
});
