// SPDX-License-Identifier: GPL-2.0-only
/**
 * The state of a CPU that has an mm loaded, put in place during set-up: what switch_mm_irqs_off() and enter_lazy_tlb() would have left
 * behind. Linux v6.6: arch/x86/mm/tlb.c, where initialize_tlbstate_and_flush() does the like for init_mm.
 */
import { peek, poke } from '../../../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../../../cpu/vcpu.ts';
import { pfnLow } from '../../../../../../mmu/entry.ts';
import { writeCr3 } from '../../../../../../mmu/mov-cr.ts';
import type { Pfn, Ptr } from '../../../../../../mmu/types.ts';
import { cpumask_bit, cpumask_word } from '../../../../include/linux/cpumask.ts';
import { mm_struct } from '../../../../include/linux/mm_types.ts';
import { per_cpu_ptr, percpu } from '../../../../include/linux/percpu.ts';
import { kernelOf } from '../../../../kernel.ts';
import { at } from '../../../../struct.ts';

/** For machine.boot(): `cpu` has `mm` loaded; lazy if a kernel thread or the idle task runs on it. Every CPU needs one, init_mm counts. */
export function boot_cpu_on(c: Vcpu, cpu: number, mm: Ptr, lazy: boolean): void {
  const { init_mm } = kernelOf(c);
  poke(c, per_cpu_ptr(c, percpu.loaded_mm, cpu), mm);
  poke(c, per_cpu_ptr(c, percpu.tlb_ctx_id, cpu), peek(c, at(mm, mm_struct.ctx_id)));
  poke(c, per_cpu_ptr(c, percpu.tlb_gen, cpu), peek(c, at(mm, mm_struct.tlb_gen)));
  poke(c, per_cpu_ptr(c, percpu.is_lazy, cpu), lazy && mm !== init_mm ? 1 : 0);
  const cr3 = pfnLow(peek(c, at(mm, mm_struct.pgd)) as Pfn);
  c.m.tlbs[cpu]?.loadCr3(cr3);
  if (c.m.mmus.length > 0) writeCr3(c.m.mmus[cpu]!, cr3);
  const mask = cpumask_word(at(mm, mm_struct.cpu_bitmap), cpu);
  if (mm !== init_mm) poke(c, mask, peek(c, mask) | cpumask_bit(cpu));
}
