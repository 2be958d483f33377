// SPDX-License-Identifier: GPL-2.0-only
/**
 * NMIs: when one is taken, what waits for its return, what it finds in memory. CPU1 is interrupted, CPU0 sends.
 * And handlers that a violation ends: it is found, whatever the program does afterwards in the exploration.
 * Time budget: 1 s.
 */
import { describe, expect, test } from 'vitest';
import { cli, hlt, sendIpi, sendNmi, sendNmiX2apic, sti, stiHlt } from '../../cpu/interrupts.ts';
import { load, mfence, peek, poke, store, waitLoad } from '../../cpu/ops.ts';
import { violate } from '../../cpu/report.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import { type Explored, explore, small } from '../support/explore.ts';

type Body = (c: Vcpu, at: Ptr[]) => Code<unknown>;
const nothing: Body = function* () {};

interface Bodies {
  sender?: Body;
  program?: Body;
  handler?: Body;
  nmi: Body;
}

/** What CPU0, CPU1 and the handlers returned, in this order, is the state; of a handler one number for each run. */
function run({ sender = nothing, program = nothing, handler = nothing, nmi }: Bodies): Explored {
  const { m, at } = small({ cpus: 2, interrupts: true, nmi: true });
  const seen: unknown[][] = [[], [], [], []];
  m.onReset = () => {
    for (const list of seen) list.length = 0;
  };
  const body = (i: number, code: Body) =>
    function* (c: Vcpu): Code {
      seen[i]!.push(yield* code(c, at));
    };
  m.programs = [[body(0, sender)], [body(1, program)]];
  m.handler = body(2, handler);
  m.nmiHandler = body(3, nmi);
  return explore(m, () =>
    seen
      .map((list) => list.join(''))
      .join(' ')
      .trim(),
  );
}

const send: Body = function* (c) {
  yield* sendNmi(c, 1);
};
const read =
  (word: number): Body =>
  (c, at) =>
    load(c, at[word]!);
const add: Body = function* (c, at) {
  yield* store(c, at[0]!, (yield* load(c, at[0]!)) + 1);
};

describe('an NMI is taken', () => {
  test('anywhere, also with IF = 0', () => {
    const stores: Body = function* (c, [x]) {
      yield* cli(c);
      yield* store(c, x!, 1);
      yield* store(c, x!, 2);
      yield* sti(c);
    };
    expect(run({ sender: send, program: stores, nmi: read(0) }).states).toEqual(['0', '1', '2']);
  });

  test('in an interrupt handler, which sees it as a whole', () => {
    const interrupt: Body = function* (c) {
      yield* sendIpi(c, 1, 0);
    };
    const both: Body = function* (c, at) {
      return (yield* load(c, at[0]!)) * 10 + (yield* load(c, at[1]!));
    };
    const stores: Body = function* (c, at) {
      yield* store(c, at[0]!, 1);
      yield* store(c, at[1]!, 1);
    };
    const { states } = run({ sender: interrupt, program: (c) => sendNmi(c, 1), handler: both, nmi: stores });
    expect(states).toEqual(['0', '1', '11']); // old then new, never new then old
  });

  test('and no interrupt before it has returned', () => {
    const sends: Body = function* (c) {
      yield* sendNmi(c, 1);
      yield* sendIpi(c, 1, 0);
    };
    const twice: Body = function* (c, at) {
      return (yield* load(c, at[0]!)) * 10 + (yield* load(c, at[0]!));
    };
    const { states } = run({ sender: sends, handler: (c, at) => store(c, at[0]!, 1), nmi: twice });
    expect(states).toEqual(['0', '11']);
  });

  test('once, if it becomes pending twice; not before IRET of the one before', () => {
    const twice: Body = function* (c) {
      yield* sendNmi(c, 1);
      yield* sendNmi(c, 1);
    };
    const counted: Body = function* (c, at) {
      yield* add(c, at);
      yield* mfence(c);
      return yield* load(c, at[0]!);
    };
    expect(run({ sender: twice, nmi: counted }).states).toEqual(['1', '12']);
  });

  test('that its own handler sends, once more', () => {
    const again: Body = function* (c, at) {
      const n = yield* load(c, at[0]!);
      yield* store(c, at[0]!, n + 1);
      if (n < 2) yield* sendNmiX2apic(c, 1);
      return n;
    };
    expect(run({ sender: send, nmi: again }).states).toEqual(['012']);
  });
});

describe('memory is as a fence would leave it', () => {
  const other: Body = function* (c, at) {
    yield* store(c, at[1]!, 1);
    yield* mfence(c);
    return yield* load(c, at[0]!);
  };

  test('on entry: what was stored before has drained, under CLI too', () => {
    const self: Body = function* (c, at) {
      yield* cli(c);
      yield* store(c, at[0]!, 1);
      yield* sendNmiX2apic(c, 1);
    };
    expect(run({ sender: other, program: self, nmi: read(1) }).states).toEqual(['0   1', '1   0', '1   1']);
  });

  test('on entry in an interrupt handler: what that had stored has drained', () => {
    const handler: Body = function* (c, at) {
      yield* store(c, at[0]!, 1);
      yield* sendNmiX2apic(c, 1);
    };
    const { states } = run({ sender: other, program: (c) => sendIpi(c, 1, 0), handler, nmi: read(1) });
    expect(states).toEqual(['0   1', '1   0', '1   1']);
  });

  test('on return', () => {
    const self: Body = function* (c, at) {
      yield* sendNmi(c, 1);
      yield* hlt(c);
      return yield* load(c, at[1]!);
    };
    const { states } = run({ sender: other, program: self, nmi: (c, at) => store(c, at[0]!, 1) });
    expect(states).not.toContain('0 0');
    expect(states).toContain('1 0');
  });

  test('an NMI by the xAPIC waits for the stores before it, one by the x2APIC does not', () => {
    const publish = (nmi: typeof sendNmi): Body =>
      function* (c, at) {
        yield* store(c, at[0]!, 1);
        yield* nmi(c, 1);
      };
    expect(run({ sender: publish(sendNmi), nmi: read(0) }).states).toEqual(['1']);
    expect(run({ sender: publish(sendNmiX2apic), nmi: read(0) }).states).toEqual(['0', '1']);
  });
});

describe('HLT', () => {
  test('ends with an NMI, with IF = 0 too', () => {
    const sleeps: Body = function* (c, at) {
      yield* cli(c);
      yield* store(c, at[0]!, 1);
      yield* hlt(c);
    };
    const wakes: Body = function* (c, at) {
      yield* waitLoad(c, at[0]!, -1, 1);
      yield* sendNmi(c, 1);
    };
    // The NMI may come right before HLT.
    expect(run({ sender: wakes, program: sleeps, nmi: nothing })).toMatchObject({ violations: ['deadlock'], stats: { executions: 1 } });
  });

  test('ends with whichever comes first, and the next one with the next', () => {
    const both: Body = function* (c) {
      yield* sendNmi(c, 1);
      yield* sendIpi(c, 1, 0);
    };
    expect(run({ sender: both, program: stiHlt, nmi: nothing }).violations).toEqual(['deadlock']); // both before it
    expect(run({ program: stiHlt, nmi: nothing }).violations).toEqual(['deadlock']);
  });
});

describe('an NMI handler', () => {
  test('that shares nothing with what it interrupts costs one execution', () => {
    const long: Body = function* (c, at) {
      for (let i = 0; i < 20; i++) yield* load(c, at[0]!);
    };
    const sends: Body = function* (c) {
      yield* sendNmi(c, 1);
      yield* sendIpi(c, 1, 0);
    };
    const { stats } = run({ sender: sends, program: long, handler: read(1), nmi: read(2) });
    expect(stats).toMatchObject({ executions: 1, redundant: 0, unrealisable: 0 });
  });

  test('races with plain accesses of its program, and CLI is no help', () => {
    const adds: Body = function* (c, at) {
      yield* cli(c);
      poke(c, at[3]!, 1);
      yield* sti(c);
    };
    const peeks: Body = function* (c, at) {
      peek(c, at[3]!);
    };
    expect(run({ sender: send, program: adds, nmi: peeks }).violations).toEqual(['irq-race']);
  });

  test('may not wait', () => {
    const waits: Body = (c, at) => waitLoad(c, at[0]!, -1, 0);
    expect(run({ sender: send, nmi: waits }).violations).toContain('locking');
  });
});

describe('a violation that ends a handler is found', () => {
  const fails: Body = function* (c, at) {
    if ((yield* load(c, at[0]!)) === 0) violate(c, 'check', 'too early');
  };
  const stores: Body = (c, at) => store(c, at[0]!, 1);
  const interrupts: Body = (c) => sendIpi(c, 1, 0);

  test('though in the exploration its program goes on, and that conflicts', () => {
    const { m, at } = small({ cpus: 2, interrupts: true });
    m.programs = [[(c) => sendIpi(c, 1, 0)], [(c) => store(c, at[0]!, 1)]];
    m.handler = (c) => fails(c, at) as Code;
    expect(explore(m).violations).toEqual(['check']);
  });

  test('in an NMI, and in the handler that it interrupts', () => {
    expect(run({ sender: send, program: stores, nmi: fails }).violations).toEqual(['check']);
    expect(run({ sender: interrupts, program: send, handler: stores, nmi: fails }).violations).toEqual(['check']);
    expect(run({ sender: interrupts, program: send, handler: fails, nmi: stores }).violations).toEqual(['check']);
  });

  test('also if another handler must have returned before', () => {
    const { m, at } = small({ cpus: 2, interrupts: true });
    const [x, y, z] = at as [Ptr, Ptr, Ptr];
    m.programs = [
      [(c) => store(c, x, 1)],
      [
        function* (c) {
          yield* sendIpi(c, 1, 0);
          yield* store(c, z, yield* load(c, y));
          yield* sendIpi(c, 0, 0);
        },
      ],
    ];
    m.handler = function* (c) {
      if (c.id === 1) yield* store(c, y, 1);
      else if ((yield* load(c, z)) === 1 && (yield* load(c, x)) === 0) violate(c, 'check', 'too early');
    };
    expect(explore(m).violations).toEqual(['check']);
  });

  test('and none that takes a store which is late on entry', () => {
    const late: Body = function* (c, at) {
      yield* store(c, at[0]!, 1);
      yield* sendNmiX2apic(c, 1);
    };
    expect(run({ program: late, nmi: fails })).toMatchObject({ violations: [] });
  });

  test('and none that takes a program which moves while its handler runs', () => {
    const twice: Body = function* (c, at) {
      const before = yield* load(c, at[0]!);
      if (before !== (yield* load(c, at[0]!))) violate(c, 'check', 'it has changed');
    };
    expect(run({ sender: send, program: stores, nmi: twice })).toMatchObject({ violations: [] });
  });
});
