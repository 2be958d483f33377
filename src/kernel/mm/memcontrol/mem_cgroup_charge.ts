// SPDX-License-Identifier: GPL-2.0-only
/**
 * Charging a page to a memory cgroup. Linux v6.6: mm/memcontrol.c, __mem_cgroup_charge().
 * There is one group, without a limit: a charge fails only where it is made to fail.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { FAIL_MEMCG_CHARGE, should_fail } from '../../lib/fault-inject/should_fail.ts';

/** @returns 0 or -ENOMEM */
export function* mem_cgroup_charge(c: Vcpu, _folio: Ptr, _mm: Ptr, _gfp: number): Code<number> {
  return should_fail(c, FAIL_MEMCG_CHARGE) ? -ENOMEM : 0;
}
