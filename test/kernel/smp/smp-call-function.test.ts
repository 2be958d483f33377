// SPDX-License-Identifier: GPL-2.0-only
/** Function calls between CPUs: who runs the function, when the caller goes on, and what is refused. Everything is explored to the end. */
import { describe, expect, test } from 'vitest';
import { irqWord, PENDING } from '../../../cpu/interrupts.ts';
import { load, peek, poke, rmw, store, update, waitLoad } from '../../../cpu/ops.ts';
import { witness } from '../../../cpu/report.ts';
import { ADD, OR } from '../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import type { Ptr } from '../../../mmu/types.ts';
import { CALL_FUNCTION_SINGLE_VECTOR, FIRST_VECTOR } from '../../../src/kernel/arch/x86/kernel/smp/vectors.ts';
import { local_irq_disable, local_irq_enable } from '../../../src/kernel/include/linux/irqflags.ts';
import { percpu } from '../../../src/kernel/include/linux/percpu.ts';
import { preempt_disable, preempt_enable } from '../../../src/kernel/include/linux/preempt.ts';
import {
  on_each_cpu_cond_mask,
  on_each_cpu_mask,
  queue_on_targets,
  smp_call_function,
  smp_call_function_many,
  wait_for_targets,
} from '../../../src/kernel/kernel/smp/smp_call_function.ts';
import { registerCondition, registerFunction } from '../../../src/kernel/registry.ts';
import { explore } from '../../support/explore.ts';
import { type KernelMachine, kernelMachine } from './kernel-machine.ts';

const nothing = registerFunction('nothing', function* () {});
/** Marks, plainly, that this CPU has run: one word for each. */
const mark = registerFunction('mark', function* (c: Vcpu, info: number): Code {
  poke(c, (info + c.id) as Ptr, 1);
});
const count = registerFunction('count', function* (c: Vcpu, info: number): Code {
  yield* update(c, info as Ptr, ADD, 1);
});
const set = registerFunction('set', function* (c: Vcpu, info: number): Code {
  yield* update(c, info as Ptr, OR, 1 << c.id);
});
const isOdd = registerCondition('is_odd', function* (_c: Vcpu, cpu: number): Code<boolean> {
  return cpu % 2 === 1;
});

const clean = { violations: [], summaries: [] };

describe('the caller goes on when every target has run the function', () => {
  const calls = (without?: string): KernelMachine => {
    const km: KernelMachine = kernelMachine(
      ['init', 'init', 'init'],
      [
        function* (c) {
          yield* smp_call_function(c, mark, km.x - 1, true);
          if (peek(c, km.x) + peek(c, km.y) === 2) witness(c, 'both');
          else witness(c, 'too early');
        },
      ],
      without === undefined ? {} : { without },
    );
    return km;
  };

  test('as they are', () => {
    const { witnesses, ...rest } = explore(calls().m);
    expect(rest).toMatchObject(clean);
    expect(witnesses).toEqual(['both']);
  });

  test('without csd-wait it looks while they are at it', () => {
    expect(explore(calls('csd-wait').m).violations).toEqual(['data-race']);
  });
});

test('two callers of one target: both calls run, each caller waits for its own', () => {
  const km: KernelMachine = kernelMachine(
    ['init', 'init', 'init'],
    [
      function* (c) {
        preempt_disable(c);
        yield* smp_call_function_many(c, [0b100], count, km.x, true);
        preempt_enable(c);
        if ((yield* load(c, km.x)) === 0) witness(c, 'call of CPU0 lost');
      },
      function* (c) {
        preempt_disable(c);
        yield* smp_call_function_many(c, [0b100], count, km.y, true);
        preempt_enable(c);
        if ((yield* load(c, km.y)) === 0) witness(c, 'call of CPU1 lost');
      },
    ],
  );
  const ipis = new Set<number>();
  const { stats, states, ...rest } = explore(
    km.m,
    () => `${km.now(km.x)} ${km.now(km.y)}`,
    () => ipis.add(km.m.counters.ipis),
  );
  expect(rest).toMatchObject({ ...clean, witnesses: [] });
  expect(states).toEqual(['1 1']);
  // One interrupt for both is enough if the second call finds the first one still queued.
  expect([...ipis].sort()).toEqual([1, 2]);
  expect(stats.blocked).toBe(0);
});

test('a second call from the same CPU waits until the first, for which nobody waited, is off the queue', () => {
  const km: KernelMachine = kernelMachine(
    ['init', 'init'],
    [
      function* (c) {
        yield* smp_call_function(c, count, km.x, false);
        yield* smp_call_function(c, count, km.x, true);
      },
    ],
  );
  const { states, ...rest } = explore(km.m, () => String(km.now(km.x)));
  expect(rest).toMatchObject(clean);
  expect(states).toEqual(['2']);
  expect(km.cpu(1, percpu.call_single_queue)).toBe(0);
});

test('without csd-lock the data is used again while it is queued', () => {
  const km: KernelMachine = kernelMachine(
    ['init', 'init'],
    [
      function* (c) {
        yield* smp_call_function(c, count, km.x, false);
        yield* smp_call_function(c, count, km.x, false);
      },
    ],
    { without: 'csd-lock' },
  );
  const { violations, summaries } = explore(km.m);
  expect(violations).toEqual(['data-race', 'locking']);
  expect(summaries.join('\n')).toContain('the call_single_queue of CPU1 has no end');
});

test('calls that somebody waits for come first, though they were queued last', () => {
  const km: KernelMachine = kernelMachine(
    ['init', 'init', 'init'],
    [
      function* (c) {
        yield* waitLoad(c, km.x, 2, 2);
        preempt_disable(c);
        yield* smp_call_function_many(c, [0b100], append, 1, false);
        preempt_enable(c);
        yield* update(c, km.x, OR, 1);
      },
      function* (c) {
        yield* waitLoad(c, km.x, 1, 1);
        preempt_disable(c);
        yield* smp_call_function_many(c, [0b100], append, 2, true);
        preempt_enable(c);
      },
      function* (c) {
        yield* local_irq_disable(c);
        yield* update(c, km.x, OR, 2);
        yield* waitLoad(c, (km.k.percpu[2]! + percpu.call_single_queue) as Ptr, -1, km.k.csd[5]!);
        yield* local_irq_enable(c);
      },
    ],
  );
  const append = registerFunction('append', function* (c: Vcpu, digit: number): Code {
    poke(c, km.y, peek(c, km.y) * 10 + digit);
  });
  const { states, violations } = explore(km.m, () => String(km.now(km.y)));
  expect(violations).toEqual([]);
  expect(states).toEqual(['21']);
});

describe('a target with interrupts off delays the caller', () => {
  const section = (without?: string) => {
    const km: KernelMachine = kernelMachine(
      ['init', 'init'],
      [
        function* (c) {
          const inside = (yield* load(c, km.x)) === 1;
          yield* smp_call_function(c, nothing, 0, true);
          const over = (yield* load(c, km.y)) === 1;
          witness(c, inside ? (over ? 'waited' : 'did not wait') : 'came before');
        },
        function* (c) {
          yield* local_irq_disable(c);
          yield* rmw(c, km.x, ADD, 1);
          yield* store(c, km.y, 1);
          yield* local_irq_enable(c);
        },
      ],
      without === undefined ? {} : { without },
    );
    return explore(km.m);
  };

  test('as it is', () => {
    const { witnesses, ...rest } = section();
    expect(rest).toMatchObject(clean);
    expect(witnesses).toEqual(['came before', 'waited']);
  });

  test('without csd-wait it does not', () => {
    expect(section('csd-wait').witnesses).toContain('did not wait');
  });
});

describe('two CPUs that call each other', () => {
  test('with interrupts on: both calls come to an end', () => {
    const call = function* (c: Vcpu): Code {
      yield* smp_call_function(c, count, km.x, true);
    };
    const km: KernelMachine = kernelMachine(['init', 'init'], [call, call]);
    const { stats, states, ...rest } = explore(km.m, () => String(km.now(km.x)));
    expect(rest).toMatchObject(clean);
    expect(states).toEqual(['2']);
    expect(stats.blocked).toBe(0);
  });

  test('three of them, all at once', () => {
    const call = function* (c: Vcpu): Code {
      yield* smp_call_function(c, count, km.x, true);
    };
    const km: KernelMachine = kernelMachine(['init', 'init', 'init'], [call, call, call]);
    const { stats, states, ...rest } = explore(km.m, () => String(km.now(km.x)));
    expect(rest).toMatchObject(clean);
    expect(states).toEqual(['6']);
    expect(stats.blocked).toBe(0);
    expect(stats.executions).toBeGreaterThan(100); // who finds whose call still queued
  });

  test('with interrupts off: refused', () => {
    const call = function* (c: Vcpu): Code {
      yield* local_irq_disable(c);
      yield* smp_call_function(c, nothing, 0, true);
      yield* local_irq_enable(c);
    };
    const { violations, summaries } = explore(kernelMachine(['init', 'init'], [call, call]).m);
    expect(violations).toEqual(['locking']);
    expect(summaries.join('\n')).toMatch(/interrupts are off on CPU[01], which waits for others to run nothing\(\)/);
  });

  test('with interrupts off, had it not been refused: deadlock', () => {
    const call = function* (c: Vcpu): Code {
      yield* local_irq_disable(c);
      yield* wait_for_targets(c, yield* queue_on_targets(c, [0b11], nothing, 0, true, 0));
      yield* local_irq_enable(c);
    };
    const { stats, violations, summaries } = explore(kernelMachine(['init', 'init'], [call, call]).m);
    expect(violations).toEqual(['deadlock']);
    expect(summaries.join('\n')).toContain('CPU0 waits for csd(0 to 1).u_flags; CPU1 waits for csd(1 to 0).u_flags');
    expect(stats.executions).toBeGreaterThan(0); // one of them may be done before the other begins
  });
});

test('a handler may not call others, nor a program with preemption on', () => {
  const again = registerFunction('again', function* (c: Vcpu): Code {
    yield* smp_call_function(c, nothing, 0, true);
  });
  const handler = kernelMachine(
    ['init', 'init'],
    [
      function* (c) {
        yield* smp_call_function(c, again, 0, true);
      },
    ],
  );
  expect(explore(handler.m).summaries.join()).toContain('!in_task(): the interrupt handler of CPU1');
  const program = kernelMachine(
    ['init', 'init'],
    [
      function* (c) {
        yield* smp_call_function_many(c, [0b10], nothing, 0, true);
      },
    ],
  );
  expect(explore(program.m).summaries.join()).toContain('preemption on');
});

describe('who is called', () => {
  const run = (program: (c: Vcpu, x: Ptr) => Code) => {
    const km: KernelMachine = kernelMachine(
      ['init', 'init', 'init', 'init'],
      [
        function* (c) {
          yield* program(c, km.x);
        },
      ],
    );
    const { states, ...rest } = explore(km.m, () => `ran ${km.now(km.x).toString(2).padStart(4, '0')}, taken ${[...km.taken].sort()}`);
    expect(rest).toMatchObject(clean);
    return states;
  };

  test('one target: the vector for one', () => {
    expect(
      run(function* (c, x) {
        yield* on_each_cpu_mask(c, [0b0100], set, x, true);
      }),
    ).toEqual([`ran 0100, taken 2:fb`]);
  });

  test('several targets and this CPU: the vector for many, and a local call', () => {
    expect(
      run(function* (c, x) {
        yield* on_each_cpu_mask(c, [0b1101], set, x, true);
      }),
    ).toEqual([`ran 1101, taken 2:fc,3:fc`]);
  });

  test('a condition chooses, of this CPU too', () => {
    expect(
      run(function* (c, x) {
        yield* on_each_cpu_cond_mask(c, isOdd, set, x, true, [0b1111]);
      }),
    ).toEqual([`ran 1010, taken 1:fc,3:fc`]);
  });

  test('CPUs that do not exist are left out', () => {
    expect(
      run(function* (c, x) {
        yield* on_each_cpu_mask(c, [0b110001], set, x, true);
      }),
    ).toEqual([`ran 0001, taken `]);
  });

  test('all others', () => {
    expect(
      run(function* (c, x) {
        yield* smp_call_function(c, set, x, true);
      }),
    ).toEqual([`ran 1110, taken 1:fc,2:fc,3:fc`]);
  });
});

test('an interrupt that finds the queue empty does nothing', () => {
  const km: KernelMachine = kernelMachine(
    ['init', 'init'],
    [
      function* (c) {
        yield* update(c, irqWord(c, 1, PENDING), OR, 1 << (CALL_FUNCTION_SINGLE_VECTOR - FIRST_VECTOR));
      },
    ],
  );
  expect(explore(km.m)).toMatchObject(clean);
  expect(km.taken).toEqual(['1:fb']);
});
