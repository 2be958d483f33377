// SPDX-License-Identifier: GPL-2.0-only
/**
 * Replay and report: the picks of a counterexample lead to the same violation again, told in the same bytes, in lines that fit a commit
 * message; picks that do not fit are refused at the first one that does not.
 * Time budget: 30 s.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { type Cell, makeCell } from '../../src/check/cell.ts';
import { checkCell } from '../../src/check/check.ts';
import type { Counterexample } from '../../src/check/counterexample.ts';
import { type Report, reportOf } from '../../src/check/report.ts';
import { parseToken } from '../../src/check/token.ts';
import { type Pick, ReplayError } from '../../src/engines/replay.ts';
import { scenarios } from '../../src/scenarios/index.ts';
import type { Config } from '../../src/scenarios/scenario.ts';
import { both, inHalves, nothing, twice } from './scenarios.ts';

const cellOf = (name: string, config: Config, without: string[] = []): Cell =>
  makeCell(scenarios.find((s) => s.name === name)!, config, without);
const found = (cell: Cell, firstOnly = true): Counterexample => checkCell(cell, { firstOnly }).counterexample!;
const report = (cell: Cell, c: Counterexample): Report => reportOf(cell, c.start, c.picks);

describe.each<[string, Config, string[], string]>([
  ['retract', { sync: 'absent' }, [], 'torn-pair'],
  ['retract', { sync: 'absent', history: 't2', windows: '2', reader: 'lazy' }, [], 'torn-pair'],
  ['retract', { irqs: 'on', reader: 'active' }, [], 'torn-pair'],
  ['retract', {}, ['pte-free-defer'], 'freed-frame'],
  ['retract', { refault: 'other' }, ['pmd-same-recheck'], 'lost-page'],
  ['retract-gup', {}, ['gup-irqs-off'], 'data-race'],
  ['retract-mglru', {}, [], 'torn-pair'],
])('%s %j without %j', (name, config, without, kind) => {
  const cell = cellOf(name, config, without);
  let c: Counterexample;
  let r: Report;
  beforeAll(() => {
    c = found(cell);
    r = report(cell, c);
  }, 60_000);

  test(`is ${kind}, and so it is again`, () => {
    expect(c.violation.kind).toBe(kind);
    expect(r).toMatchObject({ kind, summary: c.violation.summary });
    expect(r.text).toMatch(new RegExp(`^BUG: paelab: ${kind} in `));
  });

  test('is told in the same bytes when it is told twice, and when its token is read', () => {
    expect(report(cell, c)).toEqual(r);
    const token = parseToken(r.token);
    expect(token).toEqual({ scenario: name, config: cell.config, without, start: c.start, picks: c.picks });
    expect(reportOf(cellOf(token.scenario, token.config, [...token.without]), token.start, token.picks).text).toBe(r.text);
  });

  test('fits a commit message: ASCII, 75 columns but for the token', () => {
    expect(r.text).toMatch(/^[\n\x20-\x7e]*$/);
    const lines = r.text.split('\n').filter((line) => !line.includes(r.token));
    expect(lines.filter((line) => line.length > 75)).toEqual([]);
    expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
    expect(r.text).toContain(r.diagram);
    expect(r.diagram).toMatch(/^CPU0 /);
  });

  test('shows the halves of entries apart', () => {
    expect(r.text).toMatch(/0x[0-9a-f]+'[0-9a-f]{8}\b/);
    if (kind === 'torn-pair') expect(r.summary).toMatch(/^0x[0-9a-f]+'12345067 was held by the entry at no instant/);
  });
});

test('the pair of the shortest counterexample is that of the frame in the first window', () => {
  const cell = cellOf('retract', { sync: 'absent' });
  const r = report(cell, found(cell, false));
  expect(r.summary).toContain("0x0'12345067");
  expect(r.diagram).toContain("0x1'12345067");
  expect(r.text).toContain('What goes wrong next:');
});

test('an execution in which nobody moves has a report and a token as well', () => {
  const cell = makeCell(twice(nothing, { atEnd: both as never }), {}, []);
  const r = report(cell, found(cell));
  expect(r.summary).toBe('the word is 0 (both have counted)');
  expect(parseToken(r.token).picks).toEqual([]);
});

describe('picks that do not fit', () => {
  const cell = makeCell(twice(inHalves, { atEnd: both as never }), {}, []);
  const { picks, start } = found(cell);
  const attempt = (changed: readonly Pick[]): unknown => {
    try {
      return reportOf(cell, start, changed);
    } catch (e) {
      return e;
    }
  };

  test.each(picks.map((_, i) => i))('are refused with the number of the first one: %i from 0', (i) => {
    const e = attempt([...picks.slice(0, i), { actor: 99, choice: 0 }, ...picks.slice(i)]);
    expect(e).toBeInstanceOf(ReplayError);
    expect((e as Error).message).toMatch(new RegExp(`^pick ${i + 1} asks for actor 99 \\(a drain\\), enabled are \\d`));
  });

  test('are refused if a pick is left out that another one needs', () => {
    const drain = picks.findIndex((p) => p.actor >= 4);
    const store = picks.findIndex(
      (p, i) => i < drain && p.actor === picks[drain]!.actor % 4 && picks.slice(i + 1, drain).every((q) => q.actor !== p.actor),
    );
    const e = attempt(picks.filter((_, i) => i !== store));
    expect(e).toBeInstanceOf(ReplayError);
    expect((e as Error).message).toMatch(/^pick \d+ asks for actor \d+ \(a drain\), enabled are /);
  });

  test('are refused if they lead nowhere', () => {
    const inOrder = attempt([]);
    expect(inOrder).toBeInstanceOf(ReplayError);
    expect((inOrder as Error).message).toContain('has no violation');
  });
});
