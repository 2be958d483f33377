// SPDX-License-Identifier: GPL-2.0-only
/**
 * A flush where it happens. Linux v6.6: arch/x86/mm/tlb.c, flush_tlb_func(), flush_tlb_local(), flush_tlb_one_user().
 *
 * Three generations: the one that the flush asks for (new_tlb_gen), the newest one of the mm, and the one that this CPU has caught up
 * with. A range is enough only if it is the one step that is missing here and the newest there is.
 * left out: counters other than irq_tlb_count; the user half of the page tables under PTI.
 */
import { load, peek, poke } from '../../../../../../cpu/ops.ts';
import { violate } from '../../../../../../cpu/report.ts';
import { tally } from '../../../../../../cpu/tally.ts';
import { invlpg, readCr3, writeCr3 } from '../../../../../../cpu/translate.ts';
import type { Code, Vcpu } from '../../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../../mmu/types.ts';
import { irqs_disabled } from '../../../../include/linux/irqflags.ts';
import { mm_struct } from '../../../../include/linux/mm_types.ts';
import { flush_tlb_info, percpu, smp_processor_id, this_cpu_ptr } from '../../../../include/linux/percpu.ts';
import {
  TLB_LOCAL_MM_SHOOTDOWN,
  TLB_LOCAL_SHOOTDOWN,
  TLB_REMOTE_SHOOTDOWN,
  trace_tlb_flush,
} from '../../../../include/trace/events/tlb.ts';
import { kernelOf } from '../../../../kernel.ts';
import { registerFunction } from '../../../../registry.ts';
import { at } from '../../../../struct.ts';
import { switch_mm_irqs_off } from './switch_mm.ts';

export const TLB_FLUSH_ALL = 0xffffffff;
export const TLB_GENERATION_INVALID = 0;

/** CR3 is loaded with what it holds. */
function* flush_tlb_local(c: Vcpu): Code {
  yield* writeCr3(c, readCr3(c));
}

/** Drops the translation of one address, and every paging-structure entry that is cached. */
function* flush_tlb_one_user(c: Vcpu, addr: number): Code {
  yield* invlpg(c, addr);
}

/** With interrupts off. `info` is a flush_tlb_info; plain, since the call orders it. */
export function* flush_tlb_func(c: Vcpu, info: number): Code {
  if (!irqs_disabled(c)) violate(c, 'locking', `flush_tlb_func() on CPU${c.id} with interrupts on`);
  const f = info as Ptr;
  const { init_mm } = kernelOf(c);
  const loaded_mm = peek(c, this_cpu_ptr(c, percpu.loaded_mm)) as Ptr;
  const local_tlb_gen = peek(c, this_cpu_ptr(c, percpu.tlb_gen));
  const mm = peek(c, at(f, flush_tlb_info.mm));
  const new_tlb_gen = peek(c, at(f, flush_tlb_info.new_tlb_gen));

  if (peek(c, at(f, flush_tlb_info.initiating_cpu)) !== smp_processor_id(c)) {
    tally(c, this_cpu_ptr(c, percpu.irq_tlb_count), 1);
    if (mm !== 0 && mm !== loaded_mm) return;
  }
  if (loaded_mm === init_mm) return;
  if (peek(c, this_cpu_ptr(c, percpu.is_lazy)) !== 0) {
    // The tables may be freed next, and a lazy CPU may still walk them: it lets go of them, which costs no more than a flush.
    yield* switch_mm_irqs_off(c, 0 as Ptr, init_mm);
    return;
  }
  if (new_tlb_gen !== TLB_GENERATION_INVALID && new_tlb_gen <= local_tlb_gen) return;

  // Pairs with the increment in flush_tlb_mm_range(): the tables that are read after the flush are at least as new as this generation.
  const mm_tlb_gen = yield* load(c, at(loaded_mm, mm_struct.tlb_gen));
  const local = peek(c, at(f, flush_tlb_info.initiating_cpu)) === smp_processor_id(c);
  const reason = !local ? TLB_REMOTE_SHOOTDOWN : mm === 0 ? TLB_LOCAL_SHOOTDOWN : TLB_LOCAL_MM_SHOOTDOWN;
  if (local_tlb_gen === mm_tlb_gen) return trace_tlb_flush(c, reason, 0);
  if (local_tlb_gen > mm_tlb_gen || new_tlb_gen > mm_tlb_gen) violate(c, 'check', `tlb_gen of ${c.m.nameOf(loaded_mm)} has gone back`);
  const nr_invalidate = yield* flush_part_or_all(c, f, local_tlb_gen, mm_tlb_gen);
  poke(c, this_cpu_ptr(c, percpu.tlb_gen), mm_tlb_gen);
  trace_tlb_flush(c, reason, nr_invalidate);
}

/** @returns how many pages, or TLB_FLUSH_ALL */
function* flush_part_or_all(c: Vcpu, f: Ptr, local_tlb_gen: number, mm_tlb_gen: number): Code<number> {
  const end = peek(c, at(f, flush_tlb_info.end));
  const new_tlb_gen = peek(c, at(f, flush_tlb_info.new_tlb_gen));
  if (end === TLB_FLUSH_ALL || new_tlb_gen !== local_tlb_gen + 1 || new_tlb_gen !== mm_tlb_gen) {
    yield* flush_tlb_local(c);
    return TLB_FLUSH_ALL;
  }
  const start = peek(c, at(f, flush_tlb_info.start));
  const stride = 1 << peek(c, at(f, flush_tlb_info.stride_shift));
  for (let addr = start; addr < end; addr += stride) yield* flush_tlb_one_user(c, addr);
  return Math.floor((end - start) / stride);
}

export const FLUSH_TLB_FUNC = registerFunction('flush_tlb_func', flush_tlb_func);
