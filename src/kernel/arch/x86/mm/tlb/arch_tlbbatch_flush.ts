// SPDX-License-Identifier: GPL-2.0-only
/**
 * Flushes of several mms, put together by reclaim. Linux v6.6: arch/x86/mm/tlb.c, arch_tlbbatch_flush(); arch/x86/include/asm/tlbflush.h,
 * arch_tlbbatch_add_pending().
 *
 * The batch is a mask of CPUs. Each flushes all of whatever it has loaded: the flush has no mm and no generation.
 */
import { update } from '../../../../../../cpu/ops.ts';
import { ADD } from '../../../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../../../mmu/types.ts';
import {
  cpumask_has_but,
  cpumask_load,
  cpumask_none,
  cpumask_or,
  cpumask_peek,
  cpumask_poke,
  cpumask_test_cpu,
} from '../../../../include/linux/cpumask.ts';
import { local_irq_disable, local_irq_enable } from '../../../../include/linux/irqflags.ts';
import { mm_struct } from '../../../../include/linux/mm_types.ts';
import { smp_processor_id } from '../../../../include/linux/percpu.ts';
import { preempt_disable, preempt_enable } from '../../../../include/linux/preempt.ts';
import { at } from '../../../../struct.ts';
import { flush_tlb_func, TLB_FLUSH_ALL, TLB_GENERATION_INVALID } from './flush_tlb_func.ts';
import { flush_tlb_multi, get_flush_tlb_info } from './flush_tlb_mm_range.ts';

/** An entry of `mm` has been cleared. The new generation makes CPUs flush that load the mm from now on. */
export function* arch_tlbbatch_add_pending(c: Vcpu, batch: Ptr, mm: Ptr): Code {
  yield* update(c, at(mm, mm_struct.tlb_gen), ADD, 1); // inc_mm_tlb_gen()
  const cpumask = yield* cpumask_load(c, at(mm, mm_struct.cpu_bitmap));
  cpumask_or(cpumask, cpumask_peek(c, batch));
  cpumask_poke(c, batch, cpumask);
}

export function* arch_tlbbatch_flush(c: Vcpu, batch: Ptr): Code {
  preempt_disable(c); // get_cpu()
  const cpu = smp_processor_id(c);
  const info = get_flush_tlb_info(c, NULL, 0, TLB_FLUSH_ALL, 0, false, TLB_GENERATION_INVALID);
  const cpumask = cpumask_peek(c, batch);
  if (cpumask_has_but(cpumask, cpu)) yield* flush_tlb_multi(c, cpumask, info);
  else if (cpumask_test_cpu(cpu, cpumask)) {
    yield* local_irq_disable(c);
    yield* flush_tlb_func(c, info);
    yield* local_irq_enable(c);
  }
  cpumask_poke(c, batch, cpumask_none(c));
  preempt_enable(c); // put_cpu()
}
