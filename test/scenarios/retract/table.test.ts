// SPDX-License-Identifier: GPL-2.0-only
/**
 * Cells of `retract`, checked for real: the machine, the port and the explorer say what the theory says. All of one plane of the table here,
 * the rest in table-1 and table-2.long.test.ts. And what spares work changes no verdict: a copy is checked like its original, and so are the placements of
 * tables that only rename windows.
 * Time budget: 60 s.
 */
import { describe, expect, test } from 'vitest';
import type { Pfn } from '../../../mmu/types.ts';
import { build, makeCell } from '../../../src/check/cell.ts';
import { checkCell } from '../../../src/check/check.ts';
import { Optimal } from '../../../src/engines/explore/optimal.ts';
import { drive } from '../../../src/engines/strategy.ts';
import type { Config, Scenario } from '../../../src/scenarios/scenario.ts';
import { distinct, expectVerdict, product, retract, textOf, verdictOf } from './cells.ts';

const plane = product({ refault: 'same', history: 't1', windows: '3' });

describe('the verdict is the expected one: a new table from the same CPU, three windows', () => {
  test.each(['active', 'lazy', 'foreign'])('for every cell with reader=%s', (reader) => {
    const cells = distinct(plane.filter((c) => c['reader'] === reader));
    expect(cells).toHaveLength(12);
    for (const config of cells) expectVerdict(config);
  });
});

describe('a copy is run as its original is', () => {
  const base = { refault: 'same', history: 't1' };
  test.each<[string, Config, number]>([
    ['HIGHPTE=n leaves one window', { ...base, highpte: 'n', irqs: 'on', sync: 'under-lock', paravirt: 'y' }, 6],
    ['one window needs no HIGHPTE', { ...base, windows: '1', irqs: 'off', sync: 'under-lock', paravirt: 'y' }, 3],
    ['PARAVIRT=n leaves nothing of the sync', { ...base, windows: '3', highpte: 'y', irqs: 'off', reader: 'lazy', paravirt: 'n' }, 3],
    ['without the sync PARAVIRT says nothing', { ...base, windows: '3', highpte: 'y', irqs: 'off', sync: 'absent', paravirt: 'n' }, 3],
  ])('%s', (_, fixed, copies) => {
    const cells = product(fixed).filter((c) => textOf(c) !== textOf(retract.sameAs!(c)));
    expect(cells).toHaveLength(copies);
    for (const config of cells) {
      const [copy, original] = [verdictOf('retract', config), verdictOf('retract', retract.sameAs!(config))];
      const counts = ({ verdict, executions, blocked, transitions }: typeof copy) => ({ verdict, executions, blocked, transitions });
      expect(counts(copy), textOf(config)).toEqual(counts(original));
    }
  });
});

describe('windows other than the first are interchangeable', () => {
  const FRAMES_IN_WINDOW = 0x100000;
  const PLACE = 0x12345;
  /** The scenario with A in one window, and B wherever there is room. */
  const unreduced = (window: number): Scenario => ({
    ...retract,
    starts: () => 1,
    setup: (c, k, config) => retract.setup(c, k, config, window),
    kernel(config) {
      const frames = [window * FRAMES_IN_WINDOW + PLACE + 1];
      for (let w = 0; w < Number(config['windows']); w++) if (w !== window) frames.push(w * FRAMES_IN_WINDOW + PLACE);
      return { ...retract.kernel!(config, window), tableFrames: frames as Pfn[] };
    },
  });
  const check = (window: number, config: Config, firstOnly = false) => checkCell(makeCell(unreduced(window), config, []), { firstOnly });

  test.each<Config>([{}, { sync: 'absent' }, { sync: 'absent', reader: 'active' }, { irqs: 'on', reader: 'lazy' }])(
    'A in the third window does as much as A in the second: %j',
    (config) => {
      const [second, third] = [check(1, config), check(2, config)];
      expect(third).toMatchObject({ verdict: second.verdict, executions: second.executions, blocked: second.blocked });
    },
  );

  test.each<Config>([{}, { sync: 'absent' }, { sync: 'after-unlock', reader: 'lazy' }, { irqs: 'on', reader: 'active' }])(
    'all placements together have the verdict of those that are looked at: %j',
    (config) => {
      const verdicts = Array.from({ length: 3 }, (_, w) => check(w, config, true).verdict);
      expect(verdicts.includes('violated') ? 'violated' : 'holds').toBe(verdictOf('retract', config).verdict);
    },
  );
});

describe('operations that commute', () => {
  test.each<[string, Config]>([
    ['holds', { reader: 'active' }],
    ['violated', { sync: 'absent' }],
  ])('change no verdict when every order of them is told apart: %s', (wanted, config) => {
    const run = (commuting: boolean): { executions: number; violated: boolean } => {
      const { machine } = build(makeCell(retract, config, []), 1);
      machine.commuting = commuting;
      let violated = false;
      const search = new Optimal((_, { outcome }) => {
        violated ||= outcome.violation !== null;
      });
      drive(machine, search, () => true);
      return { executions: search.stats.executions, violated };
    };
    const [on, off] = [run(true), run(false)];
    expect([on.violated, off.violated]).toEqual([wanted === 'violated', wanted === 'violated']);
    expect(off.executions).toBeGreaterThan(on.executions);
  });
});
