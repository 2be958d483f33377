// SPDX-License-Identifier: GPL-2.0-only
/**
 * Workloads on the erased build do what they do on the generators: same results, counters, traces, and memory word by word. And the command has the
 * erased build in it. Time budget: 10 s.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { buildErased } from '../../src/build/bundle.mjs';
import { runAll } from './workload-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'paelab-erased-'));
let erased: { runAll: typeof runAll };

beforeAll(async () => {
  const outfile = join(folder, 'workload.mjs');
  await buildErased('test/build/workload-run.ts', outfile);
  erased = (await import(pathToFileURL(outfile).href)) as typeof erased;
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Recorded {
  id: string;
  ops: { op: string }[];
}

/** A recorded case as a text. */
function recorded(id: string): string {
  const cases = JSON.parse(readFileSync(`test/vectors/collapse/${id.replace(/\..*/, '')}.json`, 'utf8')) as Recorded[];
  const { ops } = cases.find((one) => one.id === id)!;
  return ['case one', ...ops.map(({ op }) => op), 'end'].join('\n');
}

const workloads: Record<string, () => string> = {
  'docs/workloads/shared.txt': () => readFileSync('docs/workloads/shared.txt', 'utf8'),
  ...Object.fromEntries(['anon.madvise.swap_one', 'ipi.anon.madvise.spin1_idle2'].map((id) => [id, () => recorded(id)])),
};

describe('the erased build does the same', () => {
  it.each(Object.keys(workloads))('%s', (name) => {
    const text = workloads[name]!();
    const release = name.startsWith('docs') ? '6.6' : '6.1';
    const [seen] = runAll(text, release) as { results: unknown[] }[];
    expect(seen!.results.length).toBeGreaterThan(10);
    expect(erased.runAll(text, release)).toEqual([seen]);
  });

  it('the seed of a pattern tells two workloads apart', () => {
    const text = workloads['anon.madvise.swap_one']!();
    expect(erased.runAll(text.replace('512 1', '512 2'), '6.1')).not.toEqual(erased.runAll(text, '6.1'));
  });
});

describe('dist', () => {
  it('runs workloads on the erased build, threads on the one with Atomics, and explores generators', () => {
    const dist = join(inject('builtCommand'), 'dist');
    const files = readdirSync(dist).filter((file) => file.endsWith('.js'));
    const having = (text: RegExp): string[] => files.filter((file) => text.test(readFileSync(join(dist, file), 'utf8')));
    const erased = having(/^function collapse_file\d*\(/m);
    expect(erased).toHaveLength(2);
    expect(having(/Atomics\.compareExchange\(words/).filter((file) => erased.includes(file))).toEqual(['vcpu.js']);
    expect(having(/^function\* retract_page_tables\d*\(/m)).toHaveLength(1);
    expect(having(/name = "UsageError"/)).toHaveLength(1);
  });
});
