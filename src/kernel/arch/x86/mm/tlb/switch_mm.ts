// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which page tables a CPU has loaded. Linux v6.6: arch/x86/mm/tlb.c, switch_mm_irqs_off(), switch_mm(), load_new_mm_cr3(),
 * enter_lazy_tlb(), leave_mm().
 *
 * cpu_tlbstate belongs to its CPU, which changes it with interrupts off. The one word that others look at is is_lazy; the one that is
 * looked at with interrupts on is loaded_mm, which a flush from elsewhere may change to init_mm at any moment.
 * left out: address space ids (32-bit has no PCID: every load of CR3 flushes), the LDT, CR4.PCE, branch predictor mitigations, the
 * VM_WARN checks of mm_cpumask and ctx_id.
 */
import { load, mfence, peek, poke, store, update } from '../../../../../../cpu/ops.ts';
import { violate } from '../../../../../../cpu/report.ts';
import { AND, OR } from '../../../../../../cpu/rmw.ts';
import { writeCr3 } from '../../../../../../cpu/translate.ts';
import type { Code, Vcpu } from '../../../../../../cpu/vcpu.ts';
import { pfnLow } from '../../../../../../mmu/entry.ts';
import type { Pfn, Ptr } from '../../../../../../mmu/types.ts';
import { guard, on } from '../../../../guard.ts';
import { cpumask_bit, cpumask_word } from '../../../../include/linux/cpumask.ts';
import { irqs_disabled, local_irq_restore, local_irq_save } from '../../../../include/linux/irqflags.ts';
import { mm_struct } from '../../../../include/linux/mm_types.ts';
import { percpu, smp_processor_id, this_cpu_ptr } from '../../../../include/linux/percpu.ts';
import { TLB_FLUSH_ON_TASK_SWITCH, trace_tlb_flush } from '../../../../include/trace/events/tlb.ts';
import { kernelOf } from '../../../../kernel.ts';
import { at } from '../../../../struct.ts';

const mask_before_gen = guard(
  'mask-before-gen',
  'switch_mm() sets its bit of mm_cpumask with a locked operation before it reads tlb_gen',
  'arch/x86/mm/tlb.c',
);
const lazy_mb = guard('lazy-mb', 'smp_mb() between the end of laziness and the read of tlb_gen in switch_mm()', 'arch/x86/mm/tlb.c');

/** What loaded_mm is while CR3 is being loaded. */
const LOADED_MM_SWITCHING = 1;

/** Waits for an empty buffer: what is read from the new tables comes behind the bit in mm_cpumask. Pairs with flush_tlb_mm_range(). */
function* load_new_mm_cr3(c: Vcpu, next: Ptr): Code {
  yield* writeCr3(c, pfnLow(peek(c, at(next, mm_struct.pgd)) as Pfn));
}

/**
 * Pairs with flush_tlb_mm_range(): there tables, then tlb_gen, then the mask; here the mask, then tlb_gen, then the tables. Either the
 * flush sees the bit, or the generation read here includes what it flushes.
 */
function* start_remote_flushes(c: Vcpu, mm: Ptr): Code {
  const cpu = smp_processor_id(c);
  const mask = cpumask_word(at(mm, mm_struct.cpu_bitmap), cpu);
  const bit = cpumask_bit(cpu);
  if (on(c, mask_before_gen)) yield* update(c, mask, OR, bit);
  else yield* store(c, mask, (yield* load(c, mask)) | bit);
}

function* stop_remote_flushes(c: Vcpu, mm: Ptr): Code {
  const cpu = smp_processor_id(c);
  yield* update(c, cpumask_word(at(mm, mm_struct.cpu_bitmap), cpu), AND, ~cpumask_bit(cpu));
}

/** With interrupts off. What was loaded is known from loaded_mm: nobody looks at `_prev`. */
export function* switch_mm_irqs_off(c: Vcpu, _prev: Ptr, next: Ptr): Code {
  if (!irqs_disabled(c)) violate(c, 'locking', `switch_mm_irqs_off() on CPU${c.id} with interrupts on`);
  const { init_mm } = kernelOf(c);
  const loaded_mm = this_cpu_ptr(c, percpu.loaded_mm);
  const tlb_gen = this_cpu_ptr(c, percpu.tlb_gen);
  const real_prev = peek(c, loaded_mm) as Ptr;
  const was_lazy = peek(c, this_cpu_ptr(c, percpu.is_lazy)) !== 0;
  if (was_lazy) yield* store(c, this_cpu_ptr(c, percpu.is_lazy), 0);

  let next_tlb_gen: number;
  if (real_prev === next) {
    if (!was_lazy) return;
    // smp_mb(): pairs with the increment of tlb_gen in flush_tlb_mm_range(), after which is_lazy is read.
    if (on(c, lazy_mb)) yield* mfence(c);
    next_tlb_gen = yield* load(c, at(next, mm_struct.tlb_gen));
    if (peek(c, tlb_gen) === next_tlb_gen) return;
  } else {
    if (real_prev !== init_mm) yield* stop_remote_flushes(c, real_prev);
    if (next !== init_mm) yield* start_remote_flushes(c, next);
    next_tlb_gen = yield* load(c, at(next, mm_struct.tlb_gen));
    yield* store(c, loaded_mm, LOADED_MM_SWITCHING);
    // barrier(): pairs with nmi_uaccess_okay(), which is left out.
  }
  poke(c, this_cpu_ptr(c, percpu.tlb_ctx_id), peek(c, at(next, mm_struct.ctx_id)));
  poke(c, tlb_gen, next_tlb_gen);
  yield* load_new_mm_cr3(c, next);
  trace_tlb_flush(c, TLB_FLUSH_ON_TASK_SWITCH, 0xffffffff);
  // barrier(): CR3 before loaded_mm.
  yield* store(c, loaded_mm, next);
}

export function* switch_mm(c: Vcpu, prev: Ptr, next: Ptr): Code {
  const flags = yield* local_irq_save(c);
  yield* switch_mm_irqs_off(c, prev, next);
  yield* local_irq_restore(c, flags);
}

/**
 * A kernel thread runs on the tables that are loaded. The bit in mm_cpumask stays: flushes decide by is_lazy. With interrupts off, as in
 * context_switch().
 */
export function* enter_lazy_tlb(c: Vcpu, _mm: Ptr): Code {
  if (peek(c, this_cpu_ptr(c, percpu.loaded_mm)) === kernelOf(c).init_mm) return;
  yield* store(c, this_cpu_ptr(c, percpu.is_lazy), 1);
}

/** An idle CPU gives up the tables that it has borrowed. With interrupts off, as in the idle loop. */
export function* leave_mm(c: Vcpu): Code {
  const { init_mm } = kernelOf(c);
  if (peek(c, this_cpu_ptr(c, percpu.loaded_mm)) === init_mm) return;
  if (peek(c, this_cpu_ptr(c, percpu.is_lazy)) === 0) violate(c, 'check', `WARNING: leave_mm() on CPU${c.id}, which is not lazy`);
  yield* switch_mm(c, 0 as Ptr, init_mm);
}
