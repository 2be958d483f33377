// SPDX-License-Identifier: GPL-2.0-only
/**
 * Lazy and batched: munmap() flushes on its own CPU and puts the rest off. Every other CPU flushes once in its next tick, however much has been put off by
 * then, and says that it has; before that nobody gets the pages, or the addresses, again.
 *
 * Right because of three conditions. The pages are kept until every CPU that may remember them has swept: it has left the mm (a load of CR3), is lazy (it
 * compares tlb_gen before it goes on), or has flushed in a tick that began after they were put off. The addresses are not mapped again before that without a
 * flush. And only what has left the address space is put off: mprotect() and madvise() flush as in Linux, and so does whoever frees page tables.
 *
 * Pages are looked at again with the next munmap() of the CPU that put them off; where its list is full, or nobody ticks, it flushes as Linux does.
 * `lazy-free` gives pages back at once, `lazy-reuse` addresses.
 */
import { load, peek, poke, rmw, store } from '../../cpu/ops.ts';
import { ADD } from '../../cpu/rmw.ts';
import { readCr3, writeCr3 } from '../../cpu/translate.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import { TLB_FLUSH_ALL } from '../kernel/arch/x86/mm/tlb/flush_tlb_func.ts';
import {
  flush_tlb_here,
  flush_tlb_mm_range,
  get_flush_tlb_info,
  tlb_single_page_flush_ceiling,
} from '../kernel/arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { __tlb_reset_range, type mmu_gather } from '../kernel/include/asm-generic/tlb.ts';
import { cpumask_load, cpumask_test_cpu } from '../kernel/include/linux/cpumask.ts';
import { mm_struct } from '../kernel/include/linux/mm_types.ts';
import { per_cpu_ptr, percpu, smp_processor_id, this_cpu_ptr } from '../kernel/include/linux/percpu.ts';
import { preempt_disable, preempt_enable } from '../kernel/include/linux/preempt.ts';
import { mmdrop, mmgrab } from '../kernel/include/linux/sched/mm.ts';
import { kernelOf } from '../kernel/kernel.ts';
import { tlb_flush_mmu as as_in_linux } from '../kernel/mm/mmu_gather/tlb_gather_mmu.ts';
import { release_pages } from '../kernel/mm/swap/put_page.ts';
import { free_swap_cache } from '../kernel/mm/swap_state/swap_cache_get_folio.ts';
import { policy, policy_ptr } from '../kernel/policy.ts';
import { at, atomic, struct, word } from '../kernel/struct.ts';

/** Pages that a CPU puts off at most: the states that LATR has for each core. */
const SLOTS = 64;
const PAGE_SHIFT = 12;

const lazy_cpu = struct('lazy', {
  /** Of CPU 0: how many flushes have been put off, everywhere. */
  put_off: atomic,
  /** How many of them this CPU has caught up with. */
  swept: atomic,
  /** Pages that wait, the oldest first: behind which flush, and of which mm. */
  n: word,
  turn: SLOTS,
  mm: SLOTS,
  page: SLOTS,
});

const mine = (c: Vcpu, field: number): Ptr => policy_ptr(c, field, smp_processor_id(c));
const put_off = (c: Vcpu): Ptr => policy_ptr(c, lazy_cpu.put_off, 0);

/** Has nobody any more, but perhaps this CPU, what was put off by then? Pairs with scheduler_tick(), switch_mm_irqs_off() and enter_lazy_tlb(). */
function* others_have_swept(c: Vcpu, mm: Ptr, turn: number): Code<boolean> {
  const cpumask = yield* cpumask_load(c, at(mm, mm_struct.cpu_bitmap));
  for (let cpu = 0; cpu < c.m.cpus; cpu++) {
    if (cpu === smp_processor_id(c) || !cpumask_test_cpu(cpu, cpumask)) continue;
    if ((yield* load(c, policy_ptr(c, lazy_cpu.swept, cpu))) >= turn) continue;
    if ((yield* load(c, per_cpu_ptr(c, percpu.is_lazy, cpu))) === 0) return false;
  }
  return true;
}

/** Pages that nobody can remember any more. */
function* give_back(c: Vcpu): Code {
  const n = peek(c, mine(c, lazy_cpu.n));
  let done = 0;
  for (; done < n; done++) {
    const mm = peek(c, mine(c, lazy_cpu.mm + done)) as Ptr;
    if (!(yield* others_have_swept(c, mm, peek(c, mine(c, lazy_cpu.turn + done))))) break;
    yield* free(c, [peek(c, mine(c, lazy_cpu.page + done)) as Ptr]);
    yield* mmdrop(c, mm);
  }
  for (const list of [lazy_cpu.turn, lazy_cpu.mm, lazy_cpu.page])
    for (let i = done; i < n; i++) poke(c, mine(c, list + i - done), peek(c, mine(c, list + i)));
  poke(c, mine(c, lazy_cpu.n), n - done);
}

function* free(c: Vcpu, pages: readonly Ptr[]): Code {
  for (let i = 0; i < pages.length; i++) yield* free_swap_cache(c, pages[i]!);
  yield* release_pages(c, pages);
}

/** Its own CPU has flushed when this returns; others are told by tlb_gen, if they load the mm or stop being lazy, and by put_off. @returns which flush it is */
function* flush_later(c: Vcpu, tlb: mmu_gather): Code<number> {
  const { mm } = tlb;
  preempt_disable(c);
  const new_tlb_gen = (yield* rmw(c, at(mm, mm_struct.tlb_gen), ADD, 1)) + 1;
  const all = (tlb.end - tlb.start) >>> PAGE_SHIFT > tlb_single_page_flush_ceiling;
  const info = get_flush_tlb_info(c, mm, all ? 0 : tlb.start, all ? TLB_FLUSH_ALL : tlb.end, PAGE_SHIFT, false, new_tlb_gen);
  yield* flush_tlb_here(c, mm, info);
  preempt_enable(c);
  __tlb_reset_range(tlb);
  return (yield* rmw(c, put_off(c), ADD, 1)) + 1;
}

const may_wait = (tlb: mmu_gather): boolean =>
  tlb.unmapped_vmas && !tlb.fullmm && !tlb.freed_tables && tlb.cleared_ptes && !tlb.cleared_pmds;

function* tlb_flush_mmu(c: Vcpu, tlb: mmu_gather): Code {
  yield* give_back(c);
  const { pages, mm } = tlb;
  const n = peek(c, mine(c, lazy_cpu.n));
  if (!may_wait(tlb) || n + pages.length > SLOTS) return yield* as_in_linux(c, tlb);
  const turn = yield* flush_later(c, tlb);
  tlb.pages = [];
  for (let i = 0; i < pages.length; i++) {
    yield* mmgrab(c, mm);
    poke(c, mine(c, lazy_cpu.turn + n + i), turn);
    poke(c, mine(c, lazy_cpu.mm + n + i), mm);
    poke(c, mine(c, lazy_cpu.page + n + i), pages[i]!);
  }
  poke(c, mine(c, lazy_cpu.n), n + pages.length);
}

function* free_at_once(c: Vcpu, tlb: mmu_gather): Code {
  if (may_wait(tlb)) yield* flush_later(c, tlb);
  yield* as_in_linux(c, tlb);
}

/** One flush for all that was put off before. Pairs with others_have_swept(): who sees `swept` gets the pages. */
function* scheduler_tick(c: Vcpu): Code {
  const turn = yield* load(c, put_off(c));
  if (turn === peek(c, mine(c, lazy_cpu.swept))) return;
  const mm = peek(c, this_cpu_ptr(c, percpu.loaded_mm)) as Ptr;
  if (mm !== kernelOf(c).init_mm) {
    const tlb_gen = yield* load(c, at(mm, mm_struct.tlb_gen));
    yield* writeCr3(c, readCr3(c));
    poke(c, this_cpu_ptr(c, percpu.tlb_gen), tlb_gen);
  }
  yield* store(c, mine(c, lazy_cpu.swept), turn);
}

/** The addresses may be remembered: by others, and by this CPU what others have put off. */
function* mmap_reuses(c: Vcpu, mm: Ptr, _start: number, _end: number): Code {
  const turn = yield* load(c, put_off(c));
  if (peek(c, mine(c, lazy_cpu.swept)) >= turn && (yield* others_have_swept(c, mm, turn))) return;
  yield* flush_tlb_mm_range(c, mm, 0, TLB_FLUSH_ALL, PAGE_SHIFT, false);
}

const kept = { source: 'after Kumar et al., "LATR: Lazy Translation Coherence" (ASPLOS 2018)', percpu: () => lazy_cpu };

export const lazy = policy({
  ...kept,
  name: 'lazy',
  about: 'munmap() waits for nobody: pages and addresses are kept until every CPU has flushed in a tick',
  replace: { tlb_flush_mmu, scheduler_tick, mmap_reuses },
});

export const lazy_free = policy({
  ...kept,
  name: 'lazy-free',
  about: 'wrong: the same, and pages are given back at once',
  replace: { tlb_flush_mmu: free_at_once, scheduler_tick, mmap_reuses },
});

export const lazy_reuse = policy({
  ...kept,
  name: 'lazy-reuse',
  about: 'wrong: the same as lazy, and addresses are given out again at once',
  replace: { tlb_flush_mmu, scheduler_tick },
});
