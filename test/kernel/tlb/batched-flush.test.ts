// SPDX-License-Identifier: GPL-2.0-only
/**
 * Reclaim clears an entry and puts its flush off, while another CPU is about to change the protection of the same memory (bug-zoo 21). Whoever finds the
 * entry gone must not return before no TLB has it. Every order of events. Budget: 5 s.
 */
import { expect, test } from 'vitest';
import { load, store } from '../../../cpu/ops.ts';
import { violate } from '../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { mm_struct } from '../../../src/kernel/include/linux/mm_types.ts';
import { percpu } from '../../../src/kernel/include/linux/percpu.ts';
import { TTU_BATCH_FLUSH } from '../../../src/kernel/include/linux/rmap.ts';
import { spin_lock, spin_unlock } from '../../../src/kernel/kernel/locking/spinlock.ts';
import {
  flush_tlb_batched_pending,
  set_tlb_ubc_flush_pending,
  should_defer_flush,
  try_to_unmap_flush,
} from '../../../src/kernel/mm/rmap/try_to_unmap_flush.ts';
import { at } from '../../../src/kernel/struct.ts';
import { explore } from '../../support/explore.ts';
import { type KernelMachine, kernelMachine } from '../smp/kernel-machine.ts';

/** The CPU that runs P in user mode, and whose TLB may have the entry. */
const USER = 2;
/** The entry: 0 while it is there. */
const GONE = 1;

/** A violation if the CPU has not flushed since the entry went. */
function mustHaveFlushed(c: Vcpu, km: KernelMachine, when: string): void {
  const done = km.cpu(USER, percpu.tlb_gen);
  if (done < 1) violate(c, 'check', `${when}, and CPU${USER} has not flushed`);
}

/** try_to_unmap_one() of a page that is written out next. The entry is km.x, its lock km.y. */
function* reclaim(c: Vcpu, km: KernelMachine): Code {
  expect(yield* should_defer_flush(c, km.P, TTU_BATCH_FLUSH)).toBe(true);
  yield* spin_lock(c, km.y);
  yield* store(c, km.x, GONE);
  yield* set_tlb_ubc_flush_pending(c, km.P, true);
  yield* spin_unlock(c, km.y);
  yield* try_to_unmap_flush(c);
  mustHaveFlushed(c, km, 'the page is written out');
}

/** change_pte_range(): there is nothing to do for an entry that is gone. */
function* mprotect(c: Vcpu, km: KernelMachine): Code {
  yield* spin_lock(c, km.y);
  const entry = yield* load(c, km.x);
  yield* flush_tlb_batched_pending(c, km.P);
  yield* spin_unlock(c, km.y);
  if (entry === GONE) mustHaveFlushed(c, km, 'mprotect() returns');
}

function run(without?: string) {
  const km: KernelMachine = kernelMachine(
    ['Q', 'init', 'P'],
    [(c) => reclaim(c, km), (c) => mprotect(c, km)],
    without === undefined ? {} : { without },
  );
  return explore(km.m, () => `batched ${km.now(at(km.P, mm_struct.tlb_flush_batched)).toString(16)}`);
}

test('nobody returns while a TLB may have the entry', () => {
  const { violations, summaries, states } = run();
  expect(summaries).toEqual([]);
  expect(violations).toEqual([]);
  expect(summaries).toEqual([]);
  // Asked for once; whether mprotect() flushed as well depends on who came first.
  expect(states).toEqual(['batched 1', 'batched 10001']);
});

test('without flush_tlb_batched_pending() mprotect() does', () => {
  expect(run('flush-batched-pending').violations.length).toBeGreaterThan(0);
});
