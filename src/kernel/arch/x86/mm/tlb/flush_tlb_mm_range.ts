// SPDX-License-Identifier: GPL-2.0-only
/**
 * A flush where it is asked for. Linux v6.6: arch/x86/mm/tlb.c, flush_tlb_mm_range(), get_flush_tlb_info(), native_flush_tlb_multi(),
 * tlb_is_not_lazy(); arch/x86/include/asm/tlbflush.h, flush_tlb_range(), flush_tlb_mm(), inc_mm_tlb_gen().
 *
 * Nobody outside mm_cpumask is interrupted, and of those inside no lazy CPU unless page tables are freed.
 * left out: mmu notifiers of IOMMUs (mmu_notifier_arch_invalidate_secondary_tlbs()); strides of hugetlb; the count of nested uses of the
 * flush_tlb_info under DEBUG_VM.
 */
import { load, peek, poke, rmw } from '../../../../../../cpu/ops.ts';
import { violate } from '../../../../../../cpu/report.ts';
import { ADD } from '../../../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../../mmu/types.ts';
import { type Cpumask, cpumask_has_but, cpumask_load, cpumask_pr } from '../../../../include/linux/cpumask.ts';
import { irqs_disabled, local_irq_disable, local_irq_enable } from '../../../../include/linux/irqflags.ts';
import { mm_struct, vm_area_struct } from '../../../../include/linux/mm_types.ts';
import { flush_tlb_info, per_cpu_ptr, percpu, smp_processor_id, this_cpu_ptr } from '../../../../include/linux/percpu.ts';
import { preempt_disable, preempt_enable } from '../../../../include/linux/preempt.ts';
import { TLB_REMOTE_SEND_IPI, trace_tlb_flush } from '../../../../include/trace/events/tlb.ts';
import { trace_event, tracing } from '../../../../include/trace/trace.ts';
import { on_each_cpu_cond_mask, on_each_cpu_mask } from '../../../../kernel/smp/smp_call_function.ts';
import { kernelOf, since } from '../../../../kernel.ts';
import { registerCondition } from '../../../../registry.ts';
import { at } from '../../../../struct.ts';
import { FLUSH_TLB_FUNC, flush_tlb_func, TLB_FLUSH_ALL } from './flush_tlb_func.ts';

const PAGE_SHIFT = 12;
/** Beyond so many pages all is flushed. */
export const tlb_single_page_flush_ceiling = 33;

/** Pairs with switch_mm_irqs_off(), which ends laziness before it reads tlb_gen. */
function* tlb_is_not_lazy(c: Vcpu, cpu: number, _info: number): Code<boolean> {
  return (yield* load(c, per_cpu_ptr(c, percpu.is_lazy, cpu))) === 0;
}

export const TLB_IS_NOT_LAZY = registerCondition('tlb_is_not_lazy', tlb_is_not_lazy);

/** The one of this CPU: with preemption off it is in use once at a time. */
export function get_flush_tlb_info(
  c: Vcpu,
  mm: Ptr,
  start: number,
  end: number,
  stride_shift: number,
  freed_tables: boolean,
  new_tlb_gen: number,
): Ptr {
  const info = this_cpu_ptr(c, percpu.flush_tlb_info);
  poke(c, at(info, flush_tlb_info.mm), mm);
  poke(c, at(info, flush_tlb_info.start), start);
  poke(c, at(info, flush_tlb_info.end), end);
  poke(c, at(info, flush_tlb_info.stride_shift), stride_shift);
  poke(c, at(info, flush_tlb_info.freed_tables), freed_tables ? 1 : 0);
  poke(c, at(info, flush_tlb_info.new_tlb_gen), new_tlb_gen);
  poke(c, at(info, flush_tlb_info.initiating_cpu), smp_processor_id(c));
  return info;
}

/** Pairs with csd_unlock() of each target: when this returns, they have flushed. */
export function* native_flush_tlb_multi(c: Vcpu, cpumask: Cpumask, info: Ptr): Code {
  const end = peek(c, at(info, flush_tlb_info.end));
  const pages = end === TLB_FLUSH_ALL ? end : (end - peek(c, at(info, flush_tlb_info.start))) >>> PAGE_SHIFT;
  trace_tlb_flush(c, TLB_REMOTE_SEND_IPI, pages);
  if (peek(c, at(info, flush_tlb_info.freed_tables)) !== 0) yield* on_each_cpu_mask(c, cpumask, FLUSH_TLB_FUNC, info, true);
  else yield* on_each_cpu_cond_mask(c, TLB_IS_NOT_LAZY, FLUSH_TLB_FUNC, info, true, cpumask);
}

export function* flush_tlb_multi(c: Vcpu, cpumask: Cpumask, info: Ptr): Code {
  if (tracing(c)) {
    const start = peek(c, at(info, flush_tlb_info.start));
    const end = peek(c, at(info, flush_tlb_info.end));
    const freed_tables = peek(c, at(info, flush_tlb_info.freed_tables));
    trace_event(c, 'flush_tlb_multi', { mask: cpumask_pr(cpumask), start, end, freed_tables });
  }
  // A hypervisor drops the translations of all CPUs of the mask by itself: no interrupt, and nobody with interrupts off is waited for.
  if (kernelOf(c).config.flush === 'hypercall') return;
  yield* native_flush_tlb_multi(c, cpumask, info);
}

/** @param end TLB_FLUSH_ALL: everything */
export function* flush_tlb_mm_range(c: Vcpu, mm: Ptr, start: number, end: number, stride_shift: number, freed_tables: boolean): Code {
  if (tracing(c)) trace_event(c, 'flush_tlb_mm_range', { start, end, shift: stride_shift, freed_tables: freed_tables ? 1 : 0 });
  preempt_disable(c); // get_cpu()
  const all = end === TLB_FLUSH_ALL || (end - start) >>> stride_shift > tlb_single_page_flush_ceiling;
  // A full barrier between the page tables and the mask. Pairs with switch_mm_irqs_off(): there the mask, tlb_gen, the tables.
  const new_tlb_gen = (yield* rmw(c, at(mm, mm_struct.tlb_gen), ADD, 1)) + 1;
  const info = get_flush_tlb_info(c, mm, all ? 0 : start, all ? TLB_FLUSH_ALL : end, stride_shift, freed_tables, new_tlb_gen);
  yield* kernelOf(c).fns.flush_tlb_everywhere(c, mm, info);
  preempt_enable(c); // put_cpu()
}

/** The rest of flush_tlb_mm_range(), which a policy may do otherwise: other CPUs and this one. With preemption off. */
export function* flush_tlb_everywhere(c: Vcpu, mm: Ptr, info: Ptr): Code {
  const cpumask = yield* cpumask_load(c, at(mm, mm_struct.cpu_bitmap));
  if (cpumask_has_but(cpumask, smp_processor_id(c))) yield* flush_tlb_multi(c, cpumask, info);
  else yield* flush_tlb_here(c, mm, info);
}

/** This CPU, if it has the mm loaded. With interrupts on: a flush from elsewhere may come first, and make a lazy CPU load init_mm. */
export function* flush_tlb_here(c: Vcpu, mm: Ptr, info: Ptr): Code {
  if (mm !== (yield* load(c, this_cpu_ptr(c, percpu.loaded_mm)))) return;
  if (irqs_disabled(c)) violate(c, 'locking', `flush_tlb_mm_range() on CPU${c.id} with interrupts off`);
  yield* local_irq_disable(c);
  yield* flush_tlb_func(c, info);
  yield* local_irq_enable(c);
}

/** No tables are freed, says this of its callers; with 3ef938c35035, which the recorded 6.1 has, that they may be. */
export function* flush_tlb_range(c: Vcpu, vma: Ptr, start: number, end: number): Code {
  const freed_tables = since(c, '3ef938c35035');
  yield* flush_tlb_mm_range(c, peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr, start, end, PAGE_SHIFT, freed_tables);
}

export function* flush_tlb_page(c: Vcpu, vma: Ptr, address: number): Code {
  yield* flush_tlb_mm_range(c, peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr, address, address + 4096, PAGE_SHIFT, false);
}

export function* flush_tlb_mm(c: Vcpu, mm: Ptr): Code {
  yield* flush_tlb_mm_range(c, mm, 0, TLB_FLUSH_ALL, 0, true);
}
