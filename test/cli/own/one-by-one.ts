// SPDX-License-Identifier: GPL-2.0-only
import {
  at,
  type Code,
  cpumask_load,
  cpumask_none,
  cpumask_set_cpu,
  cpumask_test_cpu,
  FLUSH_TLB_FUNC,
  flush_tlb_here,
  mm_struct,
  type Ptr,
  policy,
  smp_call_function_many,
  type Vcpu,
} from 'paelab';

/** One CPU is interrupted, and waited for, before the next. */
function* flush_tlb_everywhere(c: Vcpu, mm: Ptr, info: Ptr): Code {
  const cpumask = yield* cpumask_load(c, at(mm, mm_struct.cpu_bitmap));
  for (let cpu = 0; cpu < c.m.cpus; cpu++) {
    if (!cpumask_test_cpu(cpu, cpumask)) continue;
    const one = cpumask_none(c);
    cpumask_set_cpu(cpu, one);
    yield* smp_call_function_many(c, one, FLUSH_TLB_FUNC, info, true);
  }
  yield* flush_tlb_here(c, mm, info);
}

export const one_by_one = policy({
  name: 'one-by-one',
  about: 'interrupts the CPUs one after the other',
  source: 'this page',
  replace: { flush_tlb_everywhere },
});
