// SPDX-License-Identifier: GPL-2.0-only
/** switch_mm() and laziness against flushes from elsewhere: no CPU may keep translations that a flush was meant for. */
import { describe, expect, test } from 'vitest';
import { cpuRelax, load, poke, store } from '../../../cpu/ops.ts';
import { witness } from '../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { flush_tlb_mm_range } from '../../../src/kernel/arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { enter_lazy_tlb, leave_mm, switch_mm, switch_mm_irqs_off } from '../../../src/kernel/arch/x86/mm/tlb/switch_mm.ts';
import { local_irq_disable, local_irq_enable } from '../../../src/kernel/include/linux/irqflags.ts';
import { mm_struct } from '../../../src/kernel/include/linux/mm_types.ts';
import { percpu } from '../../../src/kernel/include/linux/percpu.ts';
import { explore } from '../../support/explore.ts';
import { type KernelMachine, kernelMachine, type Loaded, loadedAt, type Program } from '../smp/kernel-machine.ts';

/** What a translation that CPU 1 loads after the switch comes from; see the word y. */
const OLD = 1;
const NEW = 2;

const NONE = { violations: [], summaries: [] };

/** Changes the page tables, for which the word x stands, and flushes. */
function* change_and_flush(c: Vcpu, km: KernelMachine, freed: boolean): Code {
  yield* store(c, km.x, 1);
  yield* flush_tlb_mm_range(c, km.P, 0x200000, 0x400000, 12, freed);
}

interface Race {
  loaded: Loaded[];
  /** What CPU 1 does while CPU 0 changes a page table of P and flushes. */
  meanwhile: (c: Vcpu, km: KernelMachine) => Code;
  freed?: boolean;
  without?: string;
}

/** States: what CPU 1 has loaded, its generation and that of P, CR3 loads of all CPUs, interrupts. */
function race({ loaded, meanwhile, freed = false, without }: Race) {
  const programs: Program[] = [
    function* (c) {
      yield* change_and_flush(c, km, freed);
    },
    function* (c) {
      yield* meanwhile(c, km);
    },
  ];
  const km: KernelMachine = kernelMachine(loaded, programs, without === undefined ? {} : { without });
  const result = explore(km.m, () => {
    const mm = loadedAt(km, 1);
    const mine = km.cpu(1, percpu.tlb_gen);
    const newest = km.now(km.P, mm_struct.tlb_gen);
    const behind = mm === 'P' && mine !== newest ? ', behind' : '';
    const filled = ['', ', filled from old tables', ', filled from new tables'][km.now(km.y)];
    return `${mm}${behind}${filled}, cr3 ${km.m.counters.cr3Writes}${km.taken.length > 0 ? `, taken ${[...km.taken].sort()}` : ''}`;
  });
  return result;
}

describe('a CPU that switches to P while P is flushed', () => {
  const meanwhile = function* (c: Vcpu, km: KernelMachine): Code {
    yield* switch_mm(c, 0 as never, km.P);
    poke(c, km.y, (yield* load(c, km.x)) === 1 ? NEW : OLD);
  };

  test('is interrupted, or loads a generation that includes the flush', () => {
    const { states, stats, ...rest } = race({ loaded: ['P', 'init'], meanwhile });
    expect(rest).toMatchObject(NONE);
    expect(states).toEqual([
      'P, filled from new tables, cr3 2', // not interrupted: a flush of CPU 0's own, and the switch
      'P, filled from new tables, cr3 2, taken 1:fb',
      'P, filled from new tables, cr3 3, taken 1:fb',
      'P, filled from old tables, cr3 3, taken 1:fb',
    ]);
    expect(stats.blocked).toBe(0);
  });

  test('is missed without mask-before-gen', () => {
    const { states } = race({ loaded: ['P', 'init'], meanwhile, without: 'mask-before-gen' });
    expect(states).toContain('P, behind, filled from new tables, cr3 2');
    // Only the generation is old: loading CR3 waits for the bit to reach memory, and a fill comes behind that.
    expect(states.filter((s) => s.includes('old tables') && !s.includes('taken'))).toEqual([]);
  });

  test('the same from another process', () => {
    const { states, ...rest } = race({ loaded: ['P', 'Q'], meanwhile });
    expect(rest).toMatchObject(NONE);
    expect(states.filter((s) => s.includes('behind'))).toEqual([]);
  });
});

describe('a CPU that was lazy with P and goes on with P while P is flushed', () => {
  const meanwhile = function* (c: Vcpu, km: KernelMachine): Code {
    yield* switch_mm(c, 0 as never, km.P);
  };

  test('is interrupted, or sees the new generation and loads CR3', () => {
    const { states, ...rest } = race({ loaded: ['P', 'lazy'], meanwhile });
    expect(rest).toMatchObject(NONE);
    expect(states.filter((s) => s.includes('behind'))).toEqual([]);
    expect(states).toContain('P, cr3 2');
  });

  test('keeps old translations without lazy-mb', () => {
    expect(race({ loaded: ['P', 'lazy'], meanwhile, without: 'lazy-mb' }).states).toContain('P, behind, cr3 1');
  });

  test('is interrupted in any case if tables are freed', () => {
    const { states, ...rest } = race({ loaded: ['P', 'lazy'], meanwhile, freed: true });
    expect(rest).toMatchObject(NONE);
    expect(states.every((s) => !s.includes('behind') && s.includes('1:fb'))).toBe(true);
  });
});

describe('a CPU that becomes lazy while P is flushed', () => {
  const meanwhile = function* (c: Vcpu, km: KernelMachine): Code {
    yield* local_irq_disable(c);
    yield* enter_lazy_tlb(c, km.P);
    yield* local_irq_enable(c);
  };

  test('flushes, lets go of P, or is left alone', () => {
    const { states, ...rest } = race({ loaded: ['P', 'P'], meanwhile });
    expect(rest).toMatchObject(NONE);
    expect(states).toEqual(['init, cr3 2, taken 1:fb', 'lazy P, cr3 1', 'lazy P, cr3 2, taken 1:fb']);
  });
});

describe('a CPU that leaves P while P is flushed', () => {
  const meanwhile = function* (c: Vcpu, km: KernelMachine): Code {
    yield* switch_mm(c, km.P, km.Q);
  };

  test('is not waited for, or finds another mm loaded', () => {
    const { states, ...rest } = race({ loaded: ['P', 'P'], meanwhile });
    expect(rest).toMatchObject(NONE);
    expect(states).toEqual(['other, cr3 2', 'other, cr3 2, taken 1:fb', 'other, cr3 3, taken 1:fb']);
  });
});

test('three CPUs: one goes on with P, two flush, one of them before it frees tables', () => {
  const flush = (freed: boolean): Program =>
    function* (c) {
      yield* flush_tlb_mm_range(c, km.P, 0, 0x1000, 12, freed);
    };
  const km: KernelMachine = kernelMachine(
    ['P', 'lazy', 'P'],
    [
      flush(true),
      function* (c) {
        yield* switch_mm(c, 0 as never, km.P);
      },
      flush(false),
    ],
  );
  const { states, stats, ...rest } = explore(km.m, () =>
    [0, 1, 2].map((cpu) => `${loadedAt(km, cpu)}@${km.cpu(cpu, percpu.tlb_gen)}`).join(' '),
  );
  expect(rest).toMatchObject(NONE);
  expect(states).toEqual(['P@2 P@2 P@2']);
  expect(stats.blocked).toBe(0);
});

test('a lazy CPU that comes back: CR3 is loaded only if P was flushed in between', () => {
  for (const flush of [false, true]) {
    const km: KernelMachine = kernelMachine(
      ['P', 'P'],
      [
        function* (c) {
          if (flush) yield* flush_tlb_mm_range(c, km.P, 0, 0x1000, 12, false);
          yield* store(c, km.x, 1);
        },
        function* (c) {
          yield* local_irq_disable(c);
          yield* enter_lazy_tlb(c, km.P);
          yield* local_irq_enable(c);
          while ((yield* load(c, km.x)) === 0) yield* cpuRelax(c);
          const before = c.m.counters.cr3Writes;
          yield* switch_mm(c, 0 as never, km.P);
          witness(c, c.m.counters.cr3Writes > before ? 'loaded' : 'kept');
        },
      ],
    );
    const { witnesses, ...rest } = explore(km.m);
    expect(rest).toMatchObject(NONE);
    expect(witnesses).toEqual(flush ? ['kept', 'loaded'] : ['kept']);
  }
});

describe('a kernel thread that has borrowed P and flushes P', () => {
  test('while another CPU frees tables of P: it may lose P between the look and the flush', () => {
    const km: KernelMachine = kernelMachine(
      ['lazy', 'init'],
      [
        function* (c) {
          yield* flush_tlb_mm_range(c, km.P, 0, 0x1000, 12, false);
        },
        function* (c) {
          yield* flush_tlb_mm_range(c, km.P, 0, 0x1000, 12, true);
        },
      ],
    );
    const { stats, states, ...rest } = explore(
      km.m,
      () => `${loadedAt(km, 0)}, cr3 ${km.m.counters.cr3Writes}, ipis ${km.m.counters.ipis}`,
    );
    expect(rest).toMatchObject(NONE);
    expect(states).toEqual(['init, cr3 1, ipis 0', 'init, cr3 1, ipis 1']);
  });
});

describe('leave_mm', () => {
  const leave = (loaded: Loaded) => {
    const km: KernelMachine = kernelMachine(
      [loaded],
      [
        function* (c) {
          yield* local_irq_disable(c);
          yield* leave_mm(c);
          yield* local_irq_enable(c);
        },
      ],
    );
    const { violations, states } = explore(
      km.m,
      () => `${loadedAt(km, 0)}, mask ${km.now(km.P, mm_struct.cpu_bitmap)}, cr3 ${km.m.counters.cr3Writes}`,
    );
    return { violations, states };
  };

  test('gives up a borrowed mm', () => {
    expect(leave('lazy')).toEqual({ violations: [], states: ['init, mask 0, cr3 1'] });
  });
  test('does nothing where init_mm is loaded', () => {
    expect(leave('init')).toEqual({ violations: [], states: ['init, mask 0, cr3 0'] });
  });
  test('is not for a CPU that runs the mm', () => {
    expect(leave('P').violations).toEqual(['check']);
  });
});

test('switch_mm_irqs_off with interrupts on is reported', () => {
  const km: KernelMachine = kernelMachine(
    ['P'],
    [
      function* (c) {
        yield* switch_mm_irqs_off(c, km.P, km.Q);
      },
    ],
  );
  expect(explore(km.m).violations).toEqual(['locking']);
});
