// SPDX-License-Identifier: GPL-2.0-only
/** Which CPUs a flush interrupts and what each of them does, and how that differs from an interrupt to all. */
import { describe, expect, test } from 'vitest';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { TLB_FLUSH_ALL } from '../../../src/kernel/arch/x86/mm/tlb/flush_tlb_func.ts';
import { flush_tlb_mm, flush_tlb_mm_range, flush_tlb_range } from '../../../src/kernel/arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { local_irq_disable, local_irq_enable } from '../../../src/kernel/include/linux/irqflags.ts';
import { mm_struct, vm_area_struct } from '../../../src/kernel/include/linux/mm_types.ts';
import { percpu } from '../../../src/kernel/include/linux/percpu.ts';
import { smp_call_function } from '../../../src/kernel/kernel/smp/smp_call_function.ts';
import { type KernelConfig, newObject } from '../../../src/kernel/kernel.ts';
import { registerFunction } from '../../../src/kernel/registry.ts';
import { explore } from '../../support/explore.ts';
import { type KernelMachine, kernelMachine, type Loaded, loadedAt } from '../smp/kernel-machine.ts';

const sync = registerFunction('sync', function* () {});

interface Result {
  taken: string;
  cr3: number;
  invlpg: number;
  loaded: string[];
  generations: number[];
}

/** CPU 0 runs the program, the others serve interrupts; there is one outcome. */
function run(loaded: Loaded[], program: (c: Vcpu, km: KernelMachine) => Code, config: Partial<KernelConfig> = {}): Result {
  const km: KernelMachine = kernelMachine(
    loaded,
    [
      function* (c) {
        yield* program(c, km);
      },
    ],
    { config },
  );
  const results = new Set<string>();
  const { violations, summaries, stats } = explore(km.m, () => {
    results.add(
      JSON.stringify({
        taken: [...km.taken].sort().join(' '),
        cr3: km.m.counters.cr3Writes,
        invlpg: km.m.counters.invlpg,
        loaded: loaded.map((_, cpu) => loadedAt(km, cpu)),
        generations: loaded.map((_, cpu) => km.cpu(cpu, percpu.tlb_gen)),
      } satisfies Result),
    );
    return '';
  });
  expect({ violations, summaries, blocked: stats.blocked }).toEqual({ violations: [], summaries: [], blocked: 0 });
  expect(results.size).toBe(1);
  return JSON.parse([...results][0]!);
}

const range = function* (c: Vcpu, km: KernelMachine): Code {
  yield* flush_tlb_mm_range(c, km.P, 0x400000, 0x402000, 12, false);
};
const freed = function* (c: Vcpu, km: KernelMachine): Code {
  yield* flush_tlb_mm(c, km.P);
};
const all = function* (c: Vcpu): Code {
  yield* smp_call_function(c, sync, 0, true);
};

describe('CPU 1 runs P, CPU 2 is lazy with P loaded, CPU 3 runs another process', () => {
  const cpus: Loaded[] = ['P', 'P', 'lazy', 'Q'];

  test('a flush of a range: CPU 1 and this one', () => {
    expect(run(cpus, range)).toEqual({
      taken: '1:fb',
      cr3: 0,
      invlpg: 4,
      loaded: ['P', 'P', 'lazy P', 'other'],
      generations: [1, 1, 0, 0],
    });
  });

  test('a flush before tables are freed: CPU 2 too, which lets go of them', () => {
    expect(run(cpus, freed)).toEqual({
      taken: '1:fc 2:fc',
      cr3: 3,
      invlpg: 0,
      loaded: ['P', 'P', 'init', 'other'],
      generations: [1, 1, 0, 0],
    });
  });

  test('an interrupt to all: everybody, and nobody flushes', () => {
    expect(run(cpus, all)).toMatchObject({ taken: '1:fc 2:fc 3:fc', cr3: 0, invlpg: 0, loaded: ['P', 'P', 'lazy P', 'other'] });
  });

  test('a flush by hypercall: nobody', () => {
    expect(run(cpus, freed, { flush: 'hypercall' })).toMatchObject({ taken: '', cr3: 0, invlpg: 0 });
  });
});

describe('nobody else has P loaded', () => {
  test('this CPU runs P: a flush of its own', () => {
    expect(run(['P', 'Q', 'init'], range)).toMatchObject({ taken: '', invlpg: 2, generations: [1, 0, 0] });
  });

  test('this CPU borrows P: it lets go of it', () => {
    expect(run(['lazy', 'Q', 'init'], range)).toMatchObject({ taken: '', invlpg: 0, cr3: 1, loaded: ['init', 'other', 'init'] });
  });

  test('this CPU runs something else: nothing at all', () => {
    expect(run(['Q', 'Q', 'init'], range)).toMatchObject({ taken: '', invlpg: 0, cr3: 0 });
    expect(run(['Q', 'Q', 'init'], all)).toMatchObject({ taken: '1:fc 2:fc' });
  });
});

describe('how much is flushed', () => {
  test.each([
    [1, 1, 0],
    [33, 33, 0],
    [34, 0, 1],
  ])('%i pages: %i times INVLPG, %i times CR3', (pages, invlpg, cr3) => {
    const program = function* (c: Vcpu, km: KernelMachine): Code {
      yield* flush_tlb_mm_range(c, km.P, 0xc0000000 - pages * 4096, 0xc0000000, 12, false);
    };
    expect(run(['P'], program)).toMatchObject({ invlpg, cr3 });
  });

  test('two large pages in two steps', () => {
    const program = function* (c: Vcpu, km: KernelMachine): Code {
      yield* flush_tlb_mm_range(c, km.P, 0x80000000, 0x80400000, 21, false);
    };
    expect(run(['P'], program)).toMatchObject({ invlpg: 2, cr3: 0 });
  });

  test('flush_tlb_range says that no tables are freed, and takes the mm from the VMA', () => {
    const km: KernelMachine = kernelMachine(['Q', 'lazy', 'P'], []);
    const vma = newObject(km.k, vm_area_struct, 'vma');
    km.m.mem.words[vma + vm_area_struct.vm_mm] = km.P;
    km.m.programs = [[(c) => flush_tlb_range(c, vma, 0x200000, 0x400000)]];
    expect(explore(km.m).violations).toEqual([]);
    expect(km.taken).toEqual(['2:fb']);
    expect(km.m.counters).toMatchObject({ invlpg: 0, cr3Writes: 1 }); // 512 pages
    expect(km.now(km.P, mm_struct.tlb_gen)).toBe(1);
  });

  test('everything', () => {
    const program = function* (c: Vcpu, km: KernelMachine): Code {
      yield* flush_tlb_mm_range(c, km.P, 0, TLB_FLUSH_ALL, 0, false);
    };
    expect(run(['P'], program)).toMatchObject({ invlpg: 0, cr3: 1 });
  });
});

test.each<[string, Loaded[]]>([
  ['with another CPU to call', ['P', 'P']],
  ['alone', ['P', 'Q']],
])('a flush with interrupts off is refused: %s', (_, loaded) => {
  const km: KernelMachine = kernelMachine(loaded, [
    function* (c) {
      yield* local_irq_disable(c);
      yield* range(c, km);
      yield* local_irq_enable(c);
    },
  ]);
  const { violations, summaries } = explore(km.m);
  expect(violations).toEqual(['locking']);
  expect(summaries.join()).toMatch(/interrupts (are )?off/);
});
