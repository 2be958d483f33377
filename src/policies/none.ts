// SPDX-License-Identifier: GPL-2.0-only
/** Other CPUs are told nothing: what shows that a check of a policy can fail, and how fast no policy can be. */
import { flush_tlb_here } from '../kernel/arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { policy } from '../kernel/policy.ts';

export const none = policy({
  name: 'none',
  about: 'wrong: only this CPU flushes',
  source: 'a test of the tests, as will-it-scale with its flush removed',
  replace: { flush_tlb_everywhere: flush_tlb_here },
});
