// SPDX-License-Identifier: GPL-2.0-only
/**
 * Early acknowledgement: a target answers when it has read what is to be flushed, and flushes before its handler returns.
 *
 * Right because a user page is only reached by user code (CPL 3), which does not run on the target until the handler is over, with the flush in it. So
 * the acknowledgement says "no access from now on" as well as the flush would. It does not hold for page tables, which the walker reads at any time:
 * where tables are freed the flush is Linux's. Handlers that do read user memory (perf in an NMI, and who probes) have to ask whether a flush is owed.
 *
 * `early-ack-return` forgets the rule: the flush is owed beyond the return to user code, until the next tick.
 */
import { peek, poke, store, waitLoad } from '../../cpu/ops.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import { flush_tlb_func } from '../kernel/arch/x86/mm/tlb/flush_tlb_func.ts';
import { flush_tlb_everywhere as as_in_linux, flush_tlb_here, TLB_IS_NOT_LAZY } from '../kernel/arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { cpumask_clear_cpu, cpumask_load, cpumask_test_cpu } from '../kernel/include/linux/cpumask.ts';
import { mm_struct } from '../kernel/include/linux/mm_types.ts';
import { flush_tlb_info, smp_processor_id } from '../kernel/include/linux/percpu.ts';
import { queue_on_targets } from '../kernel/kernel/smp/smp_call_function.ts';
import { policy, policy_ptr } from '../kernel/policy.ts';
import { registerFunction } from '../kernel/registry.ts';
import { at, atomic, struct, word } from '../kernel/struct.ts';

/** Of a target: its copy of the flush, and whether that is owed; of an initiator: which CPU has answered. */
const layout = (cpus: number) => struct('early_ack', { info: flush_tlb_info.$words, owed: word, acked: cpus * atomic });
const { info: INFO, owed: OWED, acked: ACKED } = layout(1);

/** Before and after the call, `target` answers in a word of its own. */
const acked = (c: Vcpu, initiator: number, target: number): Ptr => policy_ptr(c, ACKED + target, initiator);

function* flush_by(c: Vcpu, mm: Ptr, info: Ptr, func: number): Code {
  if (peek(c, at(info, flush_tlb_info.freed_tables)) !== 0) return yield* as_in_linux(c, mm, info);
  const me = smp_processor_id(c);
  const cpumask = yield* cpumask_load(c, at(mm, mm_struct.cpu_bitmap));
  cpumask_clear_cpu(me, cpumask);
  for (let cpu = 0; cpu < c.m.cpus; cpu++) if (cpumask_test_cpu(cpu, cpumask)) yield* store(c, acked(c, me, cpu), 0);
  const targets = yield* queue_on_targets(c, cpumask, func, info, false, TLB_IS_NOT_LAZY);
  yield* flush_tlb_here(c, mm, info);
  for (let cpu = 0; cpu < c.m.cpus; cpu++) if (cpumask_test_cpu(cpu, targets)) yield* waitLoad(c, acked(c, me, cpu), 1, 1);
}

/** The initiator's info is its own again once it is acknowledged, so it is copied first. @returns the copy */
function* acknowledge(c: Vcpu, info: number): Code<Ptr> {
  const me = smp_processor_id(c);
  const copy = policy_ptr(c, INFO, me);
  for (let i = 0; i < flush_tlb_info.$words; i++) poke(c, at(copy, i), peek(c, at(info as Ptr, i)));
  yield* store(c, acked(c, peek(c, at(copy, flush_tlb_info.initiating_cpu)), me), 1);
  return copy;
}

function* ack_and_flush(c: Vcpu, info: number): Code {
  const copy = yield* acknowledge(c, info);
  yield* flush_tlb_func(c, copy);
}

function* ack_and_return(c: Vcpu, info: number): Code {
  yield* acknowledge(c, info);
  poke(c, policy_ptr(c, OWED, smp_processor_id(c)), 1);
}

const ACK_AND_FLUSH = registerFunction('ack_and_flush', ack_and_flush);
const ACK_AND_RETURN = registerFunction('ack_and_return', ack_and_return);

function* flush_early(c: Vcpu, mm: Ptr, info: Ptr): Code {
  yield* flush_by(c, mm, info, ACK_AND_FLUSH);
}

function* flush_too_early(c: Vcpu, mm: Ptr, info: Ptr): Code {
  yield* flush_by(c, mm, info, ACK_AND_RETURN);
}

function* pay(c: Vcpu): Code {
  const owed = policy_ptr(c, OWED, smp_processor_id(c));
  if (peek(c, owed) === 0) return;
  poke(c, owed, 0);
  yield* flush_tlb_func(c, policy_ptr(c, INFO, smp_processor_id(c)));
}

export const early_ack = policy({
  name: 'early-ack',
  about: 'a target answers before it flushes, and flushes before it returns to user code',
  source: 'FreeBSD r363195 (2020); Amit, Tai, Wei, "Don\'t shoot down TLB shootdowns!" (EuroSys 2020)',
  percpu: layout,
  replace: { flush_tlb_everywhere: flush_early },
});

export const early_ack_return = policy({
  name: 'early-ack-return',
  about: 'wrong: a target answers, returns to user code, and flushes with the next tick',
  source: 'early-ack without its rule',
  percpu: layout,
  replace: { flush_tlb_everywhere: flush_too_early, scheduler_tick: pay },
});
