// SPDX-License-Identifier: GPL-2.0-only
/** Flushes of one mm at the same time: generations only grow, and a flush that has returned has been done everywhere. */
import { expect, test } from 'vitest';
import { violate } from '../../../cpu/report.ts';
import type { Vcpu } from '../../../cpu/vcpu.ts';
import { flush_tlb_mm_range } from '../../../src/kernel/arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { mm_struct } from '../../../src/kernel/include/linux/mm_types.ts';
import { flush_tlb_info, percpu } from '../../../src/kernel/include/linux/percpu.ts';
import { explore } from '../../support/explore.ts';
import { type KernelMachine, kernelMachine, type Loaded, type Program } from '../smp/kernel-machine.ts';

/** Flushes, and looks from outside at how far each other CPU of P has come: csd_unlock() has put that in order. */
const flusher =
  (cpus: number[]): ((km: () => KernelMachine) => Program) =>
  (km) =>
    function* (c: Vcpu) {
      yield* flush_tlb_mm_range(c, km().P, 0x1000, 0x2000, 12, false);
      const asked = km().cpu(c.id, percpu.flush_tlb_info + flush_tlb_info.new_tlb_gen);
      for (const cpu of cpus) {
        if (cpu === c.id) continue;
        const done = km().cpu(cpu, percpu.tlb_gen);
        if (done < asked) violate(c, 'check', `CPU${cpu} is at ${done} when the flush to ${asked} returns`);
      }
    };

function run(loaded: Loaded[], without?: string) {
  const cpus = loaded.flatMap((one, cpu) => (one === 'P' ? [cpu] : []));
  const program = flusher(cpus)(() => km);
  const km: KernelMachine = kernelMachine(loaded, [program, program], without === undefined ? {} : { without });
  return explore(km.m, () => `P ${km.now(km.P, mm_struct.tlb_gen)}, CPUs ${cpus.map((cpu) => km.cpu(cpu, percpu.tlb_gen))}`);
}

test('of two CPUs that run P', () => {
  expect(run(['P', 'P'])).toMatchObject({ violations: [], summaries: [], states: ['P 2, CPUs 2,2'] });
});

test('of two CPUs that do not, for a third', () => {
  expect(run(['Q', 'init', 'P'])).toMatchObject({ violations: [], summaries: [], states: ['P 2, CPUs 2'] });
});

test('without csd-wait the third is behind when they return', () => {
  const { violations } = run(['Q', 'init', 'P'], 'csd-wait');
  expect(violations.length).toBeGreaterThan(0);
});
