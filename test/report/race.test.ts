// SPDX-License-Identifier: GPL-2.0-only
/**
 * Races in KCSAN's shape: both sides with their call chains, whichever was the plain one, and how the value changed.
 * Time budget: 5 s.
 */
import { describe, expect, test } from 'vitest';
import { load, peek, poke, store } from '../../cpu/ops.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import { makeCell } from '../../src/check/cell.ts';
import { scenarios } from '../../src/scenarios/index.ts';
import { type Program, report, reportOfCell } from './support.ts';

/** Two functions, so that there is a chain to show. */
function* changes(c: Vcpu, p: Ptr): Code {
  poke(c, p, 7);
}
function* looks(c: Vcpu, p: Ptr): Code {
  peek(c, p);
}
const writer: Program = function* writer(c, w) {
  yield* load(c, w.a); // own words: transitions that depend on nobody's
  yield* changes(c, w.x);
  yield* load(c, w.a);
};
const reader: Program = function* reader(c, w) {
  yield* load(c, w.b);
  yield* looks(c, w.x);
};

describe('two plain accesses behind transitions that depend on nothing', () => {
  const r = report(writer, reader);

  test('are both in the counterexample that is shown', () => {
    expect(r.kind).toBe('data-race');
    expect(r.race!.first.calls.concat(r.race!.second.calls).sort()).toEqual(['changes', 'looks', 'reader', 'writer']);
  });

  test('have the text that KCSAN has', () => {
    const side = (what: string, n: number, chain: string[]): string =>
      `${what} to play.x of 4 bytes by task task${n} on cpu ${n}:\n${chain.map((f) => ` ${f}\n`).join('')}`;
    expect(r.text).toContain('\n\nBUG: KCSAN: data-race in changes / looks\n\n');
    expect(r.text).toContain(side('write', 0, ['changes', 'writer']));
    expect(r.text).toContain(side('read', 1, ['looks', 'reader']));
    expect(r.text).toContain('\nvalue changed: 0x00000000 -> 0x00000007\n');
  });

  test('are drawn', () => {
    expect(r.diagram).toMatch(/^ {4}write of play\.x$/m);
    expect(r.diagram).toMatch(/read of play\.x$/m);
  });

  test('and what is buffered then is told', () => {
    expect(r.text).toContain('Held then:\n  store buffer of CPU0: play.x = 0x7 (plain)\n');
  });
});

test('a marked access is called one, and is told where it was made', () => {
  const stores: Program = function* stores(c, w) {
    yield* store(c, w.x, 5);
  };
  const r = report(stores, reader);
  expect(r.text).toContain('write (marked) to play.x of 4 bytes by task task0 on cpu 0:\n stores\n');
  expect(r.text).toContain('value changed: 0x00000000 -> 0x00000005');
  const loads: Program = function* loads(c, w) {
    yield* load(c, w.x);
  };
  expect(report(writer, loads).text).toContain('read (marked) to play.x of 4 bytes by task task1 on cpu 1:\n loads\n');
});

test('of two writes the later one says how the value changed', () => {
  const other: Program = function* other(c, w) {
    yield* load(c, w.b);
    poke(c, w.x, 9);
  };
  expect(report(writer, other).text).toMatch(/value changed: (0x00000007 -> 0x00000009|0x00000009 -> 0x00000007)/);
});

test('the title is the same whichever side came first', () => {
  expect(report(reader, writer).text).toContain('BUG: KCSAN: data-race in changes / looks');
});

test('a frame that is given back while somebody walks: gup_fast with interrupts on', () => {
  const r = reportOfCell(makeCell(scenarios.find((s) => s.name === 'retract-gup')!, {}, ['gup-irqs-off']), true);
  expect(r.text).toMatch(/BUG: KCSAN: data-race in \w+ \/ \w+/);
  expect(r.race).toMatchObject({ bytes: 4096, second: { access: 'write', by: 'RCU callback' } });
  expect(r.race!.first.calls).toContain('gup_pte_range');
  expect(r.race!.second.calls).toContain('pte_free_now');
});
