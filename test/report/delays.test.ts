// SPDX-License-Identifier: GPL-2.0-only
/**
 * mdelay() points: where in Linux each CPU is held up, what waits by itself, and what delays cannot force.
 * Time budget: 15 s.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { load, store } from '../../cpu/ops.ts';
import { violate } from '../../cpu/report.ts';
import { ROOT } from '../../src/build/erase.mjs';
import { makeCell } from '../../src/check/cell.ts';
import { delaysText } from '../../src/report/delays-text.ts';
import { linuxFile } from '../../src/report/linux-source.ts';
import { retractScenario } from '../../src/scenarios/retract/scenario.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';
import { report, reportOfCell } from './support.ts';

const main = (without: string) => reportOfCell(makeCell(retractScenario as Scenario, {}, [without]));

describe('the main job', () => {
  const plan = main('lockless-sync').delays;

  test('needs three delays, at the loads of the reader and before the install', () => {
    expect(plan.delays.map((d) => [d.cpu, d.ms, d.file, d.function, d.after, d.before])).toEqual([
      [1, 200, 'include/linux/pgtable.h', 'pmdp_get_lockless', 'pmd.pmd_low = pmdp->pmd_low;', 'pmd.pmd_high = pmdp->pmd_high;'],
      [0, 200, 'mm/memory.c', 'pmd_install', 'mm_inc_nr_ptes(...);', 'pmd_populate(...);'],
      [
        ...[1, 200, 'include/linux/pgtable.h', 'pmdp_get_lockless', 'pmd.pmd_high = pmdp->pmd_high;'],
        '} while (unlikely(pmd.pmd_low != pmdp->pmd_low));',
      ],
    ]);
    expect(plan.starts).toEqual([
      { cpu: 1, comm: 'truncate', ms: 0 },
      { cpu: 0, comm: 'P/1', ms: 100 },
    ]);
  });

  test('is told as a patch sketch, with what is left to chance', () => {
    const text = delaysText(plan);
    expect(text).toContain(
      '--- a/mm/memory.c\n+++ b/mm/memory.c\n@@ pmd_install(), called by __pte_alloc() @@\n' +
        ' \tmm_inc_nr_ptes(...);\n+\tif (!strcmp(current->comm, "P/1")) mdelay(200);\n \tpmd_populate(...);\n',
    );
    expect(text).toContain('Not forced: alternative 2 of pte_alloc_one()');
    expect(text.split('\n').filter((line) => line.length > 75)).toEqual([]);
  });
});

test('who waits for an answer needs no delay, and an interrupt cannot be timed', () => {
  const { delays, notes } = main('pte-free-defer').delays;
  expect(delays).toContainEqual(expect.objectContaining({ function: 'smp_call_function_many_cond', waitsFor: 'wait for CPU1' }));
  expect(delays).toContainEqual(
    expect.objectContaining({ function: '__pte_offset_map_lock', after: '__pte_offset_map(...);', before: 'spin_lock(...);' }),
  );
  expect(notes.join('\n')).toContain('Not forced: when an interrupt arrives.');
});

test('a store that drains in time can be delayed; one that stays in its buffer cannot', () => {
  const half = report(
    function* writer(c, w) {
      yield* store(c, w.x, 1);
      yield* store(c, w.y, 1);
    },
    function* reader(c, w) {
      if ((yield* load(c, w.x)) === 1 && (yield* load(c, w.y)) === 0) violate(c, 'check', 'half');
    },
  ).delays;
  expect(half.delays).toMatchObject([{ cpu: 0, function: 'writer', after: '/* x = 0x1 */', before: '/* play.y = 0x1 */' }]);
  expect(half.notes.join('\n')).not.toContain('store buffer');
  const flags = report(
    function* one(c, w) {
      yield* store(c, w.x, 1);
      if ((yield* load(c, w.y)) === 0) yield* store(c, w.a, 1);
    },
    function* two(c, w) {
      yield* store(c, w.y, 1);
      if ((yield* load(c, w.x)) === 0 && (yield* load(c, w.a)) === 1) violate(c, 'check', 'both are in');
    },
  ).delays;
  expect(flags.notes.join('\n')).toMatch(/Not forced: .* store buffer/);
});

test('the file of Linux is one that the header of the port file names', () => {
  const files = readdirSync(join(ROOT, 'src/kernel'), { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'));
  // What is above the tree of Linux, or joins several files of it.
  const ours = /^(?:changes|functions|globals|guards?|kernel|policy|registry|struct|include\/linux\/percpu)\.ts$/;
  const wrong = files.filter((f) => {
    const header = /\/\*\*[\s\S]*?\*\//.exec(readFileSync(join(ROOT, 'src/kernel', f), 'utf8'))![0].replace(/\s*\n \* */g, ' ');
    return !ours.test(f) && !header.includes(linuxFile(`src/kernel/${f}`));
  });
  expect(wrong).toEqual([]);
});
