// SPDX-License-Identifier: GPL-2.0-only
/**
 * Wherever code of a user's scenario runs outside a search, it ends or is named; in a search, the watchdog knows which code it is. Seconds are counted as
 * hundredths. Time budget: 5 s.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { build, makeCell } from '../../src/check/cell.ts';
import { checkCell } from '../../src/check/check.ts';
import { bounded, boundedReport } from '../../src/cli/bounded.ts';
import type { PlannedCell } from '../../src/cli/plan.ts';
import { RUNNING, runnerWord } from '../../src/cli/task.ts';
import { Watchdog } from '../../src/cli/watchdog.ts';
import { watchedScenario } from '../../src/cli/watched-scenario.ts';
import { Watched } from '../../src/engines/watched.ts';
import { type Code, load, newObject, scenario, store, struct, u64, type Vcpu, violate } from '../../src/index.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';
import { UsageError } from '../../src/usage-error.ts';

const seconds = vi.hoisted(() => ({ counted: 0.01 }));

vi.mock('node:vm', async (original) => {
  const { Script } = await original<typeof import('node:vm')>();
  class Hasty extends Script {
    override runInThisContext(options: { timeout?: number }): unknown {
      return super.runInThisContext({ timeout: options.timeout! * seconds.counted });
    }
  }
  return { Script: Hasty };
});

const forever = (): never => {
  for (;;);
};

const box = struct('box', { word: u64 });
let hangs = false;

function* program(c: Vcpu, at: ReturnType<typeof newObject>): Code {
  yield* store(c, at, 1);
  yield* load(c, at);
  if (hangs) forever();
  violate(c, 'check', 'it got there');
}

const small = scenario({
  ...{ name: 'small', about: 'one program', axes: {}, bounds: ['one program'] },
  machine: () => ({ cpus: 1, callbacks: 0 }),
  setup: (_, k) => newObject(k, box, 'box'),
  programs: (at) => [{ cpu: 0, comm: 'p', run: (c) => program(c, at) }],
}) as Scenario;

const file = 'user-code.test.ts';

describe('a callback', () => {
  test.each([
    ...['machine', 'sameAs', 'starts', 'kernel', 'guardsOff', 'conflict', 'setup', 'programs'],
    ...['nmi', 'always', 'atEnd', 'reachable', 'expected'],
  ])('%s() that never ends is named', (name) => {
    const watched = watchedScenario({ ...small, [name]: forever }, file) as unknown as Record<string, () => unknown>;
    expect(() => watched[name]!()).toThrow(new UsageError(`${file}: ${name}() has run for 10 s: a loop that never ends`));
  });

  test('that throws is told with its line', () => {
    const nothing = null as unknown as { x: string };
    const watched = watchedScenario({ ...small, conflict: () => nothing.x }, file);
    expect(() => makeCell(watched, {}, [])).toThrow(/^user-code\.test\.ts:\d+: TypeError: Cannot read/);
    expect(() => makeCell(watched, {}, [])).toThrow(UsageError);
  });

  test('that throws no error is told too', () => {
    const conflict = (): never => {
      throw 'a fit';
    };
    expect(() => makeCell(watchedScenario({ ...small, conflict }, file), {}, [])).toThrow(`${file}: it throws a fit`);
  });

  test('within another one is the one that is named', () => {
    expect(() => bounded('outer', () => bounded('inner', forever), 60)).toThrow('inner has run for 10 s');
  });

  test('that ends does what it did', () => {
    const cell = makeCell(watchedScenario(small, file), {}, []);
    expect(build(cell, 0).comms).toEqual(['p']);
  });
});

describe('what runs is told', () => {
  test('of a check at the end, and of programs that run again', () => {
    const said: number[] = [];
    const onRun = (what: number): void => void said.push(what);
    const fails = (): null => {
      expect(said.at(-1)).toBe(Watched.AT_END);
      return null;
    };
    const quiet = { ...small, programs: () => [], atEnd: () => [{ kind: 'check' as const, name: 'n', fails }] };
    checkCell(makeCell(watchedScenario(quiet, file, onRun), {}, []), {});
    expect(said).toEqual([Watched.AT_END, Watched.SEARCHING]);
    checkCell(makeCell(watchedScenario(small, file), {}, []), { onRun });
    expect(said).toContain(Watched.AGAIN);
  });

  test('by a report, as a whole', () => {
    const cell = makeCell(small, {}, []);
    const { picks, start } = checkCell(cell, {}).counterexample!;
    seconds.counted = 1;
    expect(boundedReport(cell, start, picks, file).summary).toBe('it got there');
    seconds.counted = 0.01;
    hangs = true;
    expect(() => boundedReport(cell, start, picks, file)).toThrow(`${file}: a replay has run for 60 s: a loop that never ends`);
    hangs = false;
  });
});

describe('the watchdog', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test.each([
    [0, 'the program of CPU0'],
    [Watched.SETTING_UP, 'a program before its first operation'],
    [Watched.AT_END, 'a check of atEnd()'],
    [Watched.AGAIN, 'a program that has ended before'],
    [Watched.SEARCHING, null],
  ])('takes %s for code that never ends', (running, what) => {
    const words = new Int32Array(new SharedArrayBuffer(64));
    let stuck = false;
    const dog = new Watchdog(words, () => (stuck = true));
    const target = { scenario: small, module: { path: '', file } };
    dog.begin(0, { target, cell: makeCell(small, {}, []) } satisfies PlannedCell);
    words[runnerWord(0, RUNNING)] = running;
    vi.advanceTimersByTime(10_000);
    expect(stuck).toBe(false);
    vi.advanceTimersByTime(2_000);
    dog.stop();
    expect(stuck).toBe(what !== null);
    if (what !== null) expect(dog.failure!.text).toBe(`${file}: ${what} has run for 10 s without an operation: a loop that never ends`);
  });
});
