// SPDX-License-Identifier: GPL-2.0-only
/**
 * tlb_remove_table_sync_one(): an interrupt to every other online CPU, idle and lazy ones too. Not a grace period, but enough for walkers
 * that have interrupts off. Linux v6.6: mm/mmu_gather.c, and asm-generic/tlb.h, where it is an empty inline function without
 * CONFIG_MMU_GATHER_RCU_TABLE_FREE; x86 selects that only with CONFIG_PARAVIRT in v6.1 to v6.12 (arch/x86/Kconfig).
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { smp_call_function } from '../../kernel/smp/smp_call_function.ts';
import { kernelOf } from '../../kernel.ts';
import { registerFunction } from '../../registry.ts';

/** Simply delivers the interrupt. */
function* tlb_remove_table_smp_sync(_c: Vcpu, _info: number): Code {}

export const SMP_SYNC = registerFunction('tlb_remove_table_smp_sync', tlb_remove_table_smp_sync);

export function* tlb_remove_table_sync_one(c: Vcpu): Code {
  if (!kernelOf(c).config.paravirt) return;
  yield* smp_call_function(c, SMP_SYNC, 0, true);
}
