// SPDX-License-Identifier: GPL-2.0-only
/** The direct engine: interrupts at waits, callbacks after their sections, what stops it. Budget: 2 s. */
import { describe, expect, it } from 'vitest';
import { defer, sectionBegin, sectionEnd } from '../../cpu/deferred.ts';
import { cli, sendIpi, sti } from '../../cpu/interrupts.ts';
import { Machine } from '../../cpu/machine.ts';
import { load, rmw, store, waitLoad, waitRmw } from '../../cpu/ops.ts';
import { violate } from '../../cpu/report.ts';
import { ADD, XCHG } from '../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { Defect } from '../../cpu/violation.ts';
import { allocObject, createSparseMem } from '../../mmu/phys-mem.ts';
import type { Ptr } from '../../mmu/types.ts';
import { runDirect, Stopped } from '../../src/engines/direct.ts';

function machine(handler: (c: Vcpu, vector: number) => Code) {
  const mem = createSparseMem(new Int32Array(1 << 16));
  const m = new Machine({ cpus: 2, callbacks: 4, interrupts: true, mem });
  m.startDirect();
  m.handler = handler;
  const x = allocObject(mem, 4);
  return { m, x, read: (i: number) => mem.words[x + i]!, at: (i: number) => (x + i) as Ptr };
}

describe('the direct engine', () => {
  it('lets the other CPU take an interrupt while one waits for it', () => {
    const t = machine(function* (c, vector) {
      yield* store(c, t.at(0), 100 + vector);
    });
    const seen = runDirect(t.m, 0, function* (c) {
      yield* sendIpi(c, 1, 5);
      return yield* waitLoad(c, t.at(0), -1, 105);
    });
    expect(seen).toBe(105);
  });

  it('takes what is pending at the end, the highest vector first', () => {
    const order: number[] = [];
    const t = machine(function* (c, vector) {
      order.push(vector);
      yield* load(c, t.at(0));
    });
    runDirect(t.m, 0, function* (c) {
      for (const vector of [3, 9, 6]) yield* sendIpi(c, 1, vector);
    });
    expect(order).toEqual([9, 6, 3]);
  });

  it('interrupts nobody whose interrupts are off', () => {
    let taken = 0;
    const t = machine(function* (c) {
      taken++;
      yield* load(c, t.at(0));
    });
    runDirect(t.m, 1, (c) => cli(c));
    runDirect(t.m, 0, (c) => sendIpi(c, 1, 2));
    expect(taken).toBe(0);
    runDirect(t.m, 1, (c) => sti(c));
    expect(taken).toBe(1);
  });

  it('runs callbacks once the section that they were deferred in has ended, any number of them', () => {
    const t = machine(function* (c) {
      yield* load(c, t.at(0));
    });
    function* count(c: Vcpu, p: number): Code {
      yield* rmw(c, p as Ptr, ADD, 1);
    }
    runDirect(t.m, 0, function* (c) {
      yield* sectionBegin(c);
      for (let i = 0; i < 3; i++) yield* defer(c, count, t.at(1));
      yield* rmw(c, t.at(2), ADD, t.read(1));
      yield* sectionEnd(c);
      for (let i = 0; i < 20; i++) yield* defer(c, count, t.at(1));
    });
    expect(t.read(1)).toBe(23);
    expect(t.read(2)).toBe(0);
  });

  it('says who would wait for ever, and for what', () => {
    const t = machine(function* (c) {
      yield* load(c, t.at(0));
    });
    const twice = function* (c: Vcpu): Code {
      yield* waitRmw(c, t.at(0), -1, 0, XCHG, 1);
      yield* waitRmw(c, t.at(0), -1, 0, XCHG, 1);
    };
    expect(() => runDirect(t.m, 0, twice)).toThrow(new Defect(`would block: CPU0 at word ${t.at(0)}`));
  });

  it('stops at a violation', () => {
    const t = machine(function* (c) {
      yield* load(c, t.at(0));
    });
    const guilty = function* (c: Vcpu): Code {
      yield* load(c, t.at(0));
      violate(c, 'check', 'something is wrong');
    };
    expect(() => runDirect(t.m, 0, guilty)).toThrow(Stopped);
    expect(() => runDirect(t.m, 0, guilty)).toThrow('something is wrong');
  });
});
