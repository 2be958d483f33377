// SPDX-License-Identifier: GPL-2.0-only
import {
  at,
  type Code,
  cpumask_load,
  FLUSH_TLB_FUNC,
  flush_tlb_here,
  mm_struct,
  type Ptr,
  policy,
  smp_call_function_many,
  type Vcpu,
} from 'paelab';

/** Others are interrupted, and will flush soon enough. */
function* flush_tlb_everywhere(c: Vcpu, mm: Ptr, info: Ptr): Code {
  const cpumask = yield* cpumask_load(c, at(mm, mm_struct.cpu_bitmap));
  yield* smp_call_function_many(c, cpumask, FLUSH_TLB_FUNC, info, false);
  yield* flush_tlb_here(c, mm, info);
}

export const no_wait = policy({
  name: 'no-wait',
  about: 'interrupts, and does not wait',
  source: 'this page',
  replace: { flush_tlb_everywhere },
});
