// SPDX-License-Identifier: GPL-2.0-only
/**
 * A TLB shootdown policy: how a translation that has been taken out of the page tables is taken back from the CPUs that may remember it. It is a set of
 * functions of the port, each with a version of its own where it differs from Linux v6.6:
 *
 *   flush_tlb_everywhere(c, mm, info)   the flush, once tlb_gen has gone up: preemption off, interrupts on, `info` is this CPU's flush_tlb_info
 *   tlb_flush_mmu(c, tlb)               flush, then give back the pages of an unmapping: the place to put both off, or to leave the flush out
 *   ptep_clear_flush_young(c, ...)      clears A of an entry whose page stays mapped
 *   mmap_reuses(c, mm, start, end)      addresses are about to be mapped, with mmap_lock held for writing
 *   scheduler_tick(c)                   the timer, with interrupts off
 *
 * What a policy keeps from one call to the next lies in emulated memory, an object for each CPU.
 */
import type { Vcpu } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import type { PolicyFns } from './functions.ts';
import { kernelOf } from './kernel.ts';
import { type AnyLayout, at } from './struct.ts';

export interface Policy {
  readonly name: string;
  /** What it does, in one line. */
  readonly about: string;
  /** Where it was published. */
  readonly source: string;
  /** What each CPU keeps for it, of so many; zero at the start. */
  readonly percpu?: (cpus: number) => AnyLayout;
  /** It invalidates with cpu/invlpgb.ts, which the explorer needs a context for on each vCPU. */
  readonly invlpgb?: boolean;
  readonly replace: Partial<PolicyFns>;
}

/** Declares a policy; the identity, for the sake of its type. */
export const policy = (p: Policy): Policy => p;

/** A field of what a CPU keeps for the policy. */
export const policy_ptr = (c: Vcpu, field: number, cpu: number): Ptr => at(kernelOf(c).policyState[cpu]!, field);
