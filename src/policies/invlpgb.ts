// SPDX-License-Identifier: GPL-2.0-only
/**
 * The hardware invalidates on all CPUs, and TLBSYNC waits until it has: no interrupt, no mask, no laziness. Right because nobody is left out, and what was
 * under way by the old translation is over when TLBSYNC is. Where page tables are freed the flush is Linux's: INVLPGB does not load PDPTE registers.
 *
 * `invlpgb-nosync` leaves TLBSYNC out.
 */
import { invlpgb as broadcast, tlbsync } from '../../cpu/invlpgb.ts';
import { peek } from '../../cpu/ops.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import { TLB_FLUSH_ALL } from '../kernel/arch/x86/mm/tlb/flush_tlb_func.ts';
import { flush_tlb_everywhere as as_in_linux } from '../kernel/arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { flush_tlb_info } from '../kernel/include/linux/percpu.ts';
import { policy } from '../kernel/policy.ts';
import { at } from '../kernel/struct.ts';

function* ask(c: Vcpu, info: Ptr): Code {
  const start = peek(c, at(info, flush_tlb_info.start));
  const end = peek(c, at(info, flush_tlb_info.end));
  yield* broadcast(c, start, end === TLB_FLUSH_ALL ? 0 : (end - start) >>> 12);
}

function* flush_tlb_everywhere(c: Vcpu, mm: Ptr, info: Ptr): Code {
  if (peek(c, at(info, flush_tlb_info.freed_tables)) !== 0) return yield* as_in_linux(c, mm, info);
  yield* ask(c, info);
  yield* tlbsync(c);
}

function* without_sync(c: Vcpu, mm: Ptr, info: Ptr): Code {
  if (peek(c, at(info, flush_tlb_info.freed_tables)) !== 0) return yield* as_in_linux(c, mm, info);
  yield* ask(c, info);
}

export const invlpgb = policy({
  name: 'invlpgb',
  about: 'INVLPGB reaches all CPUs without an interrupt, and TLBSYNC waits for it',
  source: 'AMD64 APM Vol. 3, INVLPGB and TLBSYNC; used by Linux since 6.15 (arch/x86/mm/tlb.c, broadcast_tlb_flush())',
  invlpgb: true,
  replace: { flush_tlb_everywhere },
});

export const invlpgb_nosync = policy({
  name: 'invlpgb-nosync',
  about: 'wrong: INVLPGB, and nobody waits for it',
  source: 'invlpgb without TLBSYNC',
  invlpgb: true,
  replace: { flush_tlb_everywhere: without_sync },
});
