// SPDX-License-Identifier: GPL-2.0-only
/** What Linux v6.6 does, whose functions a policy replaces: tlb_gen, lazy CPUs left out, one call for all others while this CPU flushes. */
import { policy } from '../kernel/policy.ts';

export const linux = policy({
  name: 'linux',
  about: 'tlb_gen, lazy CPUs left out, at most 33 pages one by one, other CPUs called together and this one flushed meanwhile',
  source: 'Linux v6.6, arch/x86/mm/tlb.c',
  replace: {},
});
