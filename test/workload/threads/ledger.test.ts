// SPDX-License-Identifier: GPL-2.0-only
/** What a word may hold, and that every way to lose one is found. Budget: 1 s. */
import { describe, expect, it } from 'vitest';
import { createDrops, Ledger } from '../../../src/workload/threads/ledger.ts';

const PAGE = 3;
const VALUE = 0x40000020;

function ledger() {
  const l = new Ledger(createDrops(8));
  const drop = (): void => {
    l.startDrop(PAGE, 1);
    l.finishDrop(PAGE, 1);
  };
  return { l, drop, store: () => l.stored(PAGE, VALUE, l.finishedBy(PAGE)), load: (got: number) => l.judge(PAGE, got, l.finishedBy(PAGE)) };
}

describe('without drops', () => {
  it('what was stored is there', () => {
    const { store, load } = ledger();
    expect(load(0)).toBeNull();
    store();
    expect(load(VALUE)).toBeNull();
  });

  it('zero is a loss, and anything else is foreign', () => {
    const { store, load } = ledger();
    store();
    expect(load(0)).toBe('holds 0: 0x40000020 is lost');
    expect(load(0x1234)).toBe('holds 0x1234, which nobody stored there: it should be 0x40000020');
  });

  it('what nobody stored is foreign', () => expect(ledger().load(7)).toMatch('holds 0x7, which nobody stored there'));
});

describe('a drop', () => {
  it('before the store takes nothing', () => {
    const { drop, store, load } = ledger();
    drop();
    store();
    expect(load(0)).toMatch('is lost');
    expect(load(VALUE)).toBeNull();
  });

  it('after the store takes it for good', () => {
    const { drop, store, load } = ledger();
    store();
    drop();
    expect(load(VALUE)).toBe('holds 0x40000020 again, which was dropped');
    expect(load(0)).toBeNull();
  });

  it('of other pages takes nothing', () => {
    const { l, store, load } = ledger();
    store();
    l.startDrop(PAGE + 1, 2);
    expect(load(0)).toMatch('is lost');
  });

  it('during the store, or the load, may have taken it or not; what is gone stays so', () => {
    const { l, store, load } = ledger();
    l.startDrop(PAGE, 1);
    store();
    expect(load(VALUE)).toBeNull();
    l.finishDrop(PAGE, 1);
    expect(load(VALUE)).toBeNull();
    expect(load(0)).toBeNull();
    expect(load(VALUE)).toMatch('which nobody stored there');
  });
});
