// SPDX-License-Identifier: GPL-2.0-only
/**
 * The event list: every transition with its values, and what store buffers and TLBs held at each step and when the violation was found.
 * Time budget: 15 s.
 */
import { describe, expect, test } from 'vitest';
import { load, peek, poke, store } from '../../cpu/ops.ts';
import { makeCell } from '../../src/check/cell.ts';
import { checkCell } from '../../src/check/check.ts';
import { lengthText, reportOf } from '../../src/check/report.ts';
import { scenarios } from '../../src/scenarios/index.ts';
import type { Config } from '../../src/scenarios/scenario.ts';
import { report, reportOfCell } from './support.ts';

const retract = (name: string, config: Config, without: string[]) => makeCell(scenarios.find((s) => s.name === name)!, config, without);

describe('events of a small execution', () => {
  const r = report(
    function* writer(c, w) {
      poke(c, w.y, 9);
      yield* store(c, w.x, 1);
      yield* load(c, w.a);
    },
    function* reader(c, w) {
      if ((yield* load(c, w.x)) === 0) peek(c, w.y);
    },
  );

  test('are the transitions, in order, with what each did', () => {
    expect(r.events.map((e) => [e.seq, e.cpu, e.context, e.function, e.operation, e.word, e.before, e.after])).toEqual([
      [1, 0, 'program', 'writer', 'load', 'play.a', ['0x0'], undefined],
      [2, 1, 'program', 'reader', 'load', 'play.x', ['0x0'], undefined],
    ]);
    expect(r.events.map((e) => e.file)).toEqual(['test/report/events.test.ts', 'test/report/events.test.ts']);
  });

  test('know what was in the store buffers, oldest first, plain stores too', () => {
    const buffered = [
      { word: 'play.y', value: '0x9', marked: false },
      { word: 'play.x', value: '0x1', marked: true },
    ];
    for (const e of r.events) expect(e.state.buffers).toEqual([{ of: 'CPU0', stores: buffered }]);
    expect(r.text).toContain('Held then:\n  store buffer of CPU0: play.y = 0x9 (plain), play.x = 0x1\n');
  });

  test('are listed, and the one that was one too many is marked', () => {
    expect(r.eventsText).toBe(
      '   1  CPU0  writer  load  play.a is 0x0\n' +
        '      store buffer of CPU0: play.y = 0x9 (plain), play.x = 0x1\n' +
        '   2  CPU1  reader  load  play.x is 0x0  <- here\n',
    );
  });
});

describe('of the main job', () => {
  const cell = retract('retract', {}, ['lockless-sync']);
  const x = checkCell(cell, {}).counterexample!;
  const r = reportOf(cell, x.start, x.picks);

  test('numbers, files and values are there for every transition', () => {
    expect(r.events.map((e) => e.seq)).toEqual(r.events.map((_, i) => i + 1));
    expect(r.events.every((e) => e.state.after === e.seq)).toBe(true);
    expect(r.events.every((e) => /^(src|cpu)\//.test(e.file) && e.line > 0 && e.calls.length > 0)).toBe(true);
    const cleared = r.events.find((e) => e.word.startsWith('pmd_low') && e.operation === 'rmw')!;
    expect(cleared).toMatchObject({ before: ['0x12345067', '0x1'], after: ['0x0', '0x0'], function: 'pxx_xchg64' });
  });

  test('both lengths are told, and the one shown is no longer', () => {
    expect(r.length).toEqual({ transitions: x.picks.length, switches: x.difficulty.switches - 1, lateDrains: x.difficulty.lateDrains });
    expect(x.difficulty.switches).toBeLessThanOrEqual(x.whole.switches);
    expect(r.text).toContain(`\n${lengthText(r.length)}. Again: paelab replay `);
  });
});

test('a TLB may give what the page tables no longer do: the walk into a table that was freed', () => {
  const r = reportOfCell(retract('retract-user', {}, ['collapse-flush']));
  const at = r.events[r.found - 1]!.state;
  expect(at.tlbs).toEqual([expect.objectContaining({ cpu: 1, address: '0x40000000', remembered: ['walk reads frame 0x12345'] })]);
  expect(at.tlbs[0]!.now).toMatch(/^#PF/);
  const first = r.events[0]!.state.tlbs[0]!;
  expect(first.remembered.filter((t) => t.startsWith('walk reads'))).toEqual([]);
  expect(r.text).toContain('TLB of CPU1, user read of 0x40000000: #PF');
  expect(r.events.filter((e) => e.context === 'callback').map((e) => e.function)).toContain('pte_free');
});

test('counts read well', () => {
  expect(lengthText({ transitions: 1, switches: 0, lateDrains: 2 })).toBe('1 transition, no CPU switch, 2 late drains');
  expect(lengthText({ transitions: 3, switches: 2, lateDrains: 1 })).toBe('3 transitions, 2 CPU switches, 1 late drain');
});
