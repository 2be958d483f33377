// SPDX-License-Identifier: GPL-2.0-only
/**
 * The race detector: what orders two accesses and what does not, found in every execution that the exploration runs.
 * Each rule is shown from both sides: the program that keeps it, and one that leaves the ordering step out.
 * Time budget: 1 s.
 */
import { describe, expect, test } from 'vitest';
import { cmpxchg, fillRange, load, mfence, peek, poke, rmw, store, update, waitLoad, waitRmw } from '../../cpu/ops.ts';
import { ADD, XCHG } from '../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { ANON, setFrame } from '../../mmu/frames.ts';
import { backFrame, frameOfSlot } from '../../mmu/phys-mem.ts';
import { NULL, type Pfn, type Ptr } from '../../mmu/types.ts';
import { explore, small } from '../support/explore.ts';

type Body = (c: Vcpu, at: Ptr[]) => Code;

function racesOf(...bodies: Body[]): string[] {
  const { m, at } = small({ cpus: bodies.length });
  m.programs = bodies.map((body) => [(c) => body(c, at)]);
  return explore(m).violations;
}

const RACE = ['data-race'];

describe('message passing', () => {
  const writer: Body = function* (c, [x, d]) {
    poke(c, d!, 1);
    yield* store(c, x!, 1);
  };

  test('through a marked store and a marked load of it orders plain accesses', () => {
    const reader: Body = function* (c, [x, d]) {
      if ((yield* load(c, x!)) === 1) peek(c, d!);
    };
    expect(racesOf(writer, reader)).toEqual([]);
    const waiter: Body = function* (c, [x, d]) {
      yield* waitLoad(c, x!, -1, 1);
      poke(c, d!, 2);
    };
    expect(racesOf(writer, waiter)).toEqual([]);
    const locked: Body = function* (c, [x, d]) {
      if ((yield* cmpxchg(c, x!, 1, 2)) === 1) poke(c, d!, 2);
    };
    expect(racesOf(writer, locked)).toEqual([]);
  });

  test('orders nothing if the reader does not look, or looks plainly, or the data is written behind the flag', () => {
    const blind: Body = function* (c, [x, d]) {
      yield* load(c, x!);
      peek(c, d!);
    };
    expect(racesOf(writer, blind)).toEqual(RACE);
    const plain: Body = function* (c, [x, d]) {
      if (peek(c, x!) === 1) peek(c, d!);
    };
    expect(racesOf(writer, plain)).toEqual(RACE);
    const late: Body = function* (c, [x, d]) {
      yield* store(c, x!, 1);
      poke(c, d!, 1);
    };
    const reader: Body = function* (c, [x, d]) {
      if ((yield* load(c, x!)) === 1) peek(c, d!);
    };
    expect(racesOf(late, reader)).toEqual(RACE);
  });

  test('reaches a third CPU through a second', () => {
    const second: Body = function* (c, [x, , y]) {
      if ((yield* load(c, x!)) === 1) yield* store(c, y!, 1);
    };
    const third: Body = function* (c, [, d, y]) {
      if ((yield* load(c, y!)) === 1) peek(c, d!);
    };
    expect(racesOf(writer, second, third)).toEqual([]);
  });

  test('works through a newer value of the flag too', () => {
    const adds: Body = function* (c, [x]) {
      yield* update(c, x!, ADD, 2);
    };
    const reader: Body = function* (c, [x, d]) {
      if ((yield* load(c, x!)) === 3) peek(c, d!);
    };
    expect(racesOf(writer, adds, reader)).toEqual([]);
  });

  test('is none where the load takes its value from the own buffer', () => {
    const both: Body = function* (c, [x, d]) {
      yield* store(c, x!, 2);
      if ((yield* load(c, x!)) === 2) peek(c, d!);
    };
    expect(racesOf(writer, both)).toEqual(RACE);
    // Whether the flag had reached memory before makes no difference to a load that is answered by the buffer.
    const late: Body = function* (c, [x, d, y]) {
      const before = yield* load(c, y!);
      yield* store(c, x!, 2);
      if ((yield* load(c, x!)) === 2 && before === 1) peek(c, d!);
    };
    const first: Body = function* (c, [x, d, y]) {
      yield* store(c, y!, 1);
      poke(c, d!, 1);
      yield* store(c, x!, 1);
    };
    expect(racesOf(first, late)).toEqual(RACE);
    // The write of d comes early enough in every class that the exploration happens to run, but not in every execution.
    const early: Body = function* (c, [x, d]) {
      yield* store(c, x!, 2);
      yield* load(c, x!);
      poke(c, d!, 2);
    };
    expect(racesOf(writer, early)).toEqual(RACE);
  });
});

describe('a lock', () => {
  const section = (unlock: boolean): Body =>
    function* (c, [lock, d]) {
      yield* waitRmw(c, lock!, -1, 0, XCHG, 1);
      poke(c, d!, peek(c, d!) + 1);
      if (unlock) yield* store(c, lock!, 0);
    };

  test('orders critical sections, although the unlock is a store that waits in the buffer', () => {
    expect(racesOf(section(true), section(true), section(true))).toEqual([]);
  });

  test('orders nothing that comes behind the unlock, drained or not', () => {
    const trailing: Body = function* (c, [lock, d]) {
      yield* waitRmw(c, lock!, -1, 0, XCHG, 1);
      yield* store(c, lock!, 0);
      poke(c, d!, 1);
    };
    expect(racesOf(trailing, section(true))).toEqual(RACE);
    // Published with the clock of the drain, the write behind the unlock would count as ordered, and no other order is ever run.
    const { m, at } = small({ cpus: 2 });
    m.programs = [trailing, section(true)].map((body) => [(c) => body(c, at)]);
    m.races.drained = (ctx, _, p) => m.races.release(ctx, p, true, false);
    expect(explore(m).violations).toEqual([]);
  });

  test('that is not taken orders nothing', () => {
    const free: Body = function* (c, [, d]) {
      poke(c, d!, 5);
    };
    expect(racesOf(section(true), free)).toEqual(RACE);
  });
});

describe('accesses', () => {
  const twice = (body: Body): string[] => racesOf(body, body);

  test('race if one is plain and one writes', () => {
    const reads: Body = function* (c, [x]) {
      peek(c, x!);
    };
    const writes: Body = function* (c, [x]) {
      yield* store(c, x!, 1);
    };
    const loads: Body = function* (c, [x]) {
      yield* load(c, x!);
    };
    const pokes: Body = function* (c, [x]) {
      poke(c, x!, 1);
    };
    expect(racesOf(reads, writes)).toEqual(RACE);
    expect(racesOf(loads, pokes)).toEqual(RACE);
    expect(racesOf(pokes, pokes)).toEqual(RACE);
    expect(racesOf(reads, reads)).toEqual([]);
    expect(racesOf(reads, loads)).toEqual([]);
    expect(racesOf(loads, writes)).toEqual([]);
  });

  test('do not race because their programs are fenced', () => {
    expect(
      twice(function* (c, [x, y]) {
        yield* store(c, y!, 1);
        yield* mfence(c);
        poke(c, x!, 1);
      }),
    ).toEqual(RACE);
  });

  test('of a failing compare-and-exchange publish nothing', () => {
    const fails: Body = function* (c, [x, d]) {
      poke(c, d!, 1);
      yield* cmpxchg(c, x!, 7, 8);
    };
    const reader: Body = function* (c, [x, d]) {
      yield* rmw(c, x!, ADD, 0);
      peek(c, d!);
    };
    expect(racesOf(fails, reader)).toEqual(RACE);
  });
});

describe('giving a frame back', () => {
  const user = (flag: boolean): string[] => {
    const { m, mem, at } = small({ cpus: 2, frames: 2 });
    const slot = backFrame(mem, 0x100 as Pfn);
    const frame = frameOfSlot(mem, slot);
    m.boot(() => {
      setFrame(mem, slot, ANON, NULL, 0);
      return [][Symbol.iterator]() as never;
    });
    m.programs = [
      [
        function* (c) {
          poke(c, (frame + 7) as Ptr, 1);
          yield* store(c, at[0]!, 1);
        },
      ],
      [
        function* (c) {
          if (flag) yield* waitLoad(c, at[0]!, -1, 1);
          yield* fillRange(c, frame, 0);
        },
      ],
    ];
    return explore(m).violations;
  };

  test('is an access to all of its words', () => {
    expect(user(true)).toEqual([]);
    expect(user(false)).toEqual(RACE);
  });
});
