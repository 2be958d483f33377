// SPDX-License-Identifier: GPL-2.0-only
/**
 * This CPU first, then the others: what Linux did up to 5.12, before 4ce94eabac16 "x86/mm/tlb: Flush remote and local TLBs concurrently". Right for the
 * same reason: the flush is over when all have flushed, in whatever order.
 */
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import { flush_tlb_here, flush_tlb_multi } from '../kernel/arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { cpumask_clear_cpu, cpumask_has_but, cpumask_load } from '../kernel/include/linux/cpumask.ts';
import { mm_struct } from '../kernel/include/linux/mm_types.ts';
import { smp_processor_id } from '../kernel/include/linux/percpu.ts';
import { policy } from '../kernel/policy.ts';
import { at } from '../kernel/struct.ts';

function* flush_tlb_everywhere(c: Vcpu, mm: Ptr, info: Ptr): Code {
  yield* flush_tlb_here(c, mm, info);
  const cpumask = yield* cpumask_load(c, at(mm, mm_struct.cpu_bitmap));
  if (!cpumask_has_but(cpumask, smp_processor_id(c))) return;
  cpumask_clear_cpu(smp_processor_id(c), cpumask);
  yield* flush_tlb_multi(c, cpumask, info);
}

export const serial = policy({
  name: 'serial',
  about: 'this CPU flushes first, and then calls the others',
  source: 'Linux up to 5.12, arch/x86/mm/tlb.c',
  replace: { flush_tlb_everywhere },
});
