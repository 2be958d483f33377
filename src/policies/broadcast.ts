// SPDX-License-Identifier: GPL-2.0-only
/**
 * Everybody is interrupted, whatever he has loaded: nothing has to be known of the other CPUs. Each looks for itself whether it has the mm, and a lazy
 * one lets go of it.
 */
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import { FLUSH_TLB_FUNC } from '../kernel/arch/x86/mm/tlb/flush_tlb_func.ts';
import { cpu_online_mask } from '../kernel/include/linux/cpumask.ts';
import { on_each_cpu_mask } from '../kernel/kernel/smp/smp_call_function.ts';
import { policy } from '../kernel/policy.ts';

function* flush_tlb_everywhere(c: Vcpu, _mm: Ptr, info: Ptr): Code {
  yield* on_each_cpu_mask(c, cpu_online_mask(c), FLUSH_TLB_FUNC, info, true);
}

export const broadcast = policy({
  name: 'broadcast',
  about: 'every CPU that is online is interrupted, lazy ones and those with another mm too',
  source: 'no paper needed; Linux does so for kernel addresses (flush_tlb_kernel_range())',
  replace: { flush_tlb_everywhere },
});
