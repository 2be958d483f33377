// SPDX-License-Identifier: GPL-2.0-only
/**
 * Every reduction of the explorer, off against on: random small programs end in the same states, and have the same violations. The table of
 * docs/strategies.md says which test is about which.
 * Seeded. Time budget: 20 s.
 */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Footprint } from '../../cpu/footprint.ts';
import type { Machine } from '../../cpu/machine.ts';
import { cpuRelax, load, store } from '../../cpu/ops.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { Bounded } from '../../src/engines/bounded.ts';
import { Seen } from '../../src/engines/seen.ts';
import { drive } from '../../src/engines/strategy.ts';
import { explore, small } from '../support/explore.ts';
import { FAMILIES } from '../support/fuzz.ts';
import { type BuiltProgram, buildMachine, type Op, type Program, plainOps, programs, type Style, waitOps } from '../support/programs.ts';
import type { Family } from '../support/translation-agreement.ts';
import { type BuiltTranslation, buildTranslation } from '../support/translation-machine.ts';
import { FAMILIES as TRANSLATIONS, type TranslationProgram } from '../support/translation-programs.ts';

type Name = keyof typeof FAMILIES;

const MOST = 2000;

interface Ends {
  states: string[];
  violations: string[];
  /** Transitions run. */
  work: number;
}

const ends = (program: Program, change: (m: Machine) => void = () => {}, style: Style = {}): Ends | null =>
  endsOf(buildMachine(program, Infinity, style), change);

/** @returns null where there are too many */
function endsOf({ m, state }: BuiltProgram | BuiltTranslation, change: (m: Machine) => void = () => {}): Ends | null {
  change(m);
  // What is cut or waits for ever is no end: a loop is cut where a wait stands still.
  const { stats, states, violations } = explore(
    m,
    (_, outcome) => (outcome.stuck ? '' : state()),
    () => {},
    MOST,
  );
  const classes = stats.executions + stats.blocked + stats.unrealisable;
  return classes >= MOST ? null : { states: states.filter((s) => s !== ''), violations, work: stats.transitions };
}

/** By every order that a processor can run, without sleep sets, wakeup trees or races. */
function inEveryOrder({ m, state }: BuiltProgram, remembers: boolean): Ends | null {
  const states = new Set<string>();
  const violations = new Set<string>();
  const each = (_: Machine, { outcome }: { outcome: { stuck: boolean; violation: { kind: string } | null } }): void => {
    if (!outcome.stuck) states.add(state());
    if (outcome.violation !== null) violations.add(outcome.violation.kind);
  };
  const search = remembers ? new Bounded(Infinity, each) : new Bounded(Infinity, each, null);
  drive(m, search, () => search.stats.transitions < 30_000);
  return search.stats.transitions < 30_000
    ? { states: [...states].sort(), violations: [...violations].sort(), work: search.stats.transitions }
    : null;
}

/** @returns the work of both, of the programs that are small enough */
function compare<P>(arbitrary: fc.Arbitrary<P>, runs: number, on: (p: P) => Ends | null, off: (p: P) => Ends | null): [number, number] {
  const sum: [number, number] = [0, 0];
  const same = fc.property(arbitrary, (p) => {
    const [a, b] = [on(p), off(p)];
    if (a === null || b === null) return;
    sum[0] += a.work;
    sum[1] += b.work;
    expect({ ...b, work: 0 }).toEqual({ ...a, work: 0 });
  });
  fc.assert(same, { numRuns: runs, seed: 1 });
  return sum;
}

function gains([on, off]: [number, number], factor: number): void {
  expect(off).toBeGreaterThan(on * factor);
}

describe('off, a switch of the machine changes counts and nothing else', () => {
  const switches: [keyof Machine & ('commuting' | 'forwarding' | 'handlersApart'), Name, number, number][] = [
    ['commuting', 'states: mostly commuting updates', 50, 1.02],
    ['commuting', 'states: longer, with waits and commuting updates', 30, 1],
    ['forwarding', 'classes: accesses, locked operations, 8-byte cells, choices', 50, 1.02],
    ['forwarding', 'classes: the same with waits', 50, 1.02],
    ['handlersApart', 'states: interrupts among accesses', 50, 1.1],
    ['handlersApart', 'states: interrupts and waits', 30, 1.1],
    ['handlersApart', 'states: interrupts and HLT', 30, 1.1],
    ['handlersApart', 'states: interrupts and NMIs among everything', 30, 1.1],
  ];
  test.each(switches)('%s: %s', (key, name, runs, factor) => {
    const off = (m: Machine): void => void (m[key] = false);
    gains(
      compare(FAMILIES[name].programs, runs, ends, (p) => ends(p, off)),
      factor,
    );
  });
});

describe('without the partial order', () => {
  // The optimal search goes on behind a handler that a violation ends, where no processor does.
  const names = (Object.keys(FAMILIES) as Name[]).filter((name) => !name.includes('violations'));

  test.each(names)('all real orders, one of each prefix: %s', (name) => {
    compare(FAMILIES[name].programs, 15, ends, (p) => inEveryOrder(buildMachine(p), true));
  });

  test.each(names)('and every prefix again: %s', (name) => {
    gains(
      compare(FAMILIES[name].programs, 25, ends, (p) => inEveryOrder(buildMachine(p), false)),
      2,
    );
  });
});

const waits = programs([...plainOps.slice(0, 8), waitOps[0]!], 4);
const spins = (p: Program, change?: (m: Machine) => void): Ends | null => ends(p, change, { spins: 'for ever' });

/** Without deadlocks: what cuts a loop says nothing. */
const waiting = (p: Program): Ends | null => {
  const found = ends(p);
  return found && { ...found, violations: found.violations.filter((v) => v !== 'deadlock') };
};

describe('a loop', () => {
  test('that is cut ends as the wait that it stands for', () => gains(compare(waits, 100, waiting, spins), 1.1));

  test('goes where one that is not cut goes', () => {
    const style: Style = { spins: 'three turns' };
    const on = (p: Program): Ends | null => ends(p, undefined, style);
    const off = (p: Program): Ends | null => ends(p, (m) => void (m.cutsLoops = false), style);
    gains(compare(waits, 60, on, off), 1.02);
  });
});

test.each<Family>(['entries and invalidations', 'paging-structure caches', 'shootdowns', 'everything, and interrupts'])(
  'vCPUs that never walk may do so for all that the search knows: %s',
  (family) => {
    const anywhere = (p: TranslationProgram): Ends | null => endsOf(buildTranslation(p, true));
    gains(
      compare(TRANSLATIONS[family], 20, (p) => endsOf(buildTranslation(p)), anywhere),
      1.02,
    );
  },
);

/** One CPU tells another by a flag that its data are there; often no flag is waited for, or another one. */
const messages = ((): fc.Arbitrary<Program> => {
  const [flag, data, value] = [fc.nat(1), fc.constantFrom(2, 3), fc.constantFrom(1, 2)];
  const write = fc.record({ w: data, v: value }).map(({ w, v }): Op => ({ op: 'store', w, v }));
  const tell = flag.map((w): Op => ({ op: 'store', w, v: 1 }));
  const learn = flag.map((w): Op => ({ op: 'await', w, mask: -1, v: 1, r: 0 }));
  const read = fc.record({ w: data, r: fc.constantFrom(1, 2) }).map(({ w, r }): Op => ({ op: 'load', w, r }));
  const parts = fc.tuple(
    fc.array(write, { maxLength: 3 }),
    tell,
    fc.array(tell, { maxLength: 1 }),
    fc.array(learn, { maxLength: 1 }),
    fc.array(read, { maxLength: 2 }),
  );
  return parts.map(([writes, a, b, c, reads]) => ({
    cpus: [
      [...writes, a, ...b],
      [...c, ...reads, ...writes],
    ],
    handlers: null,
  }));
})();

/** Null where there is a race. */
const plainly = (p: Program, change?: (m: Machine) => void): Ends | null => {
  const found = ends(p, change, { plain: true });
  return found === null || found.violations.includes('data-race') ? null : found;
};

test('plain accesses without a race may be marked ones', () => gains(compare(messages, 200, plainly, ends), 1.1));

describe('it is noticed that', () => {
  const lies = (lie: (f: Footprint) => void) => (m: Machine) => {
    const footprint = m.footprint.bind(m);
    m.footprint = (actor, f) => {
      footprint(actor, f);
      lie(f);
    };
  };
  const fails = (name: Name, lie: (m: Machine) => void, off: (m: Machine) => void): void => {
    const wrong = (p: Program): Ends | null => ends(p, lie);
    expect(() => compare(FAMILIES[name].programs, 1000, wrong, (p) => ends(p, off))).toThrow('Property failed');
  };

  test('updates of two kinds were taken to commute', () => {
    const lie = lies((f) => {
      if (f.commute >= 0) f.commute = 0;
    });
    fails('states: mostly commuting updates', lie, (m) => void (m.commuting = false));
  });

  test('a load behind an own store that has drained was taken for one that it answers', () => {
    const lie = lies((f) => {
      f.snap = null;
    });
    fails('classes: the same with waits', lie, (m) => void (m.forwarding = false));
  });

  test('a program moved while its handler ran', () => {
    const lie = (m: Machine): void => void Object.defineProperty(m, 'inOrder', { get: () => true, set: () => {} });
    const right = (p: Program): Ends | null => inEveryOrder(buildMachine(p), true);
    expect(() => compare(FAMILIES['states: interrupts among accesses'].programs, 1000, (p) => ends(p, lie), right)).toThrow(
      'Property failed',
    );
  });

  test('prefixes were taken for others', () => {
    const { visit } = Seen.prototype;
    const spy = vi.spyOn(Seen.prototype, 'visit').mockImplementation(function (this: Seen, a, _, __, cost) {
      return visit.call(this, a & 31, 0, 0, cost);
    });
    const wrong = (p: Program): Ends | null => inEveryOrder(buildMachine(p), true);
    expect(() => compare(waits, 1000, ends, wrong)).toThrow('Property failed');
    spy.mockRestore();
  });

  test('turns of a loop were cut though something had changed', () => {
    const ended = (lie: (m: Machine) => void): number => {
      const { m, at } = small();
      const x = at[0]!;
      function* counter(c: Vcpu): Code {
        for (let seen = 0; seen < 3; ) {
          if ((yield* load(c, x)) > seen) seen++;
          yield* cpuRelax(c);
        }
      }
      function* stores(c: Vcpu): Code {
        for (let v = 1; v <= 3; v++) yield* store(c, x, v);
      }
      m.programs = [[counter], [stores]];
      lie(m);
      return explore(m).stats.executions;
    };
    const lie = (m: Machine): void => {
      for (const c of m.contexts) Object.defineProperty(c, 'turn', { get: () => 7, set: () => {} });
    };
    expect(ended(() => {})).toBeGreaterThan(0);
    expect(ended(lie)).toBe(0);
  });

  test('races were overlooked', () => {
    const lie = (m: Machine): void => void (m.races.access = () => -1);
    expect(() => compare(messages, 1000, (p) => plainly(p, lie), ends)).toThrow('Property failed');
  });
});
