// SPDX-License-Identifier: GPL-2.0-only
/**
 * Who else translates the addresses of an mm, such as a hypervisor, is told what goes away. Linux v6.6: mm/mmu_notifier.c,
 * mmu_notifier_register(), __mmu_notifier_invalidate_range_start(), _end(), mmu_notifier_clear_flush_young(), mmu_notifier_release().
 *
 * left out: those that share the page tables (arch_invalidate_secondary_tlbs); SRCU (subscriptions come and go with mmap_lock held for writing), interval subscriptions, events and their flags, callbacks that may
 * not block and so refuse.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mm_struct } from '../../include/linux/mm_types.ts';
import { at, ptr, struct, word } from '../../struct.ts';

type Told = (c: Vcpu, subscription: Ptr, start: number, end: number) => Code;

/** Linux v6.6: include/linux/mmu_notifier.h. */
export interface mmu_notifier_ops {
  invalidate_range_start: Told;
  invalidate_range_end: Told;
  /** @returns whether it has used a page of the range since it was last asked */
  clear_flush_young(c: Vcpu, subscription: Ptr, start: number, end: number): Code<boolean>;
  /** @returns the same of one page, without forgetting it */
  test_young(c: Vcpu, subscription: Ptr, address: number): Code<boolean>;
  release(c: Vcpu, subscription: Ptr): Code;
}

export const mmu_notifier = struct('mmu_notifier', {
  next: ptr,
  /** Number of its mmu_notifier_ops. */
  ops: word,
  mm: ptr,
});

const tables: mmu_notifier_ops[] = [];

/** At module level only. @returns the number that stands for the functions in memory */
export const registerNotifierOps = (ops: mmu_notifier_ops): number => tables.push(ops) - 1;

const opsOf = (c: Vcpu, subscription: Ptr): mmu_notifier_ops => tables[peek(c, at(subscription, mmu_notifier.ops))]!;
const nextOf = (c: Vcpu, subscription: Ptr): Ptr => peek(c, at(subscription, mmu_notifier.next)) as Ptr;
const firstOf = (c: Vcpu, mm: Ptr): Ptr => peek(c, at(mm, mm_struct.notifier_subscriptions)) as Ptr;

/** The caller holds mmap_lock for writing. */
export function mmu_notifier_register(c: Vcpu, subscription: Ptr, ops: number, mm: Ptr): void {
  poke(c, at(subscription, mmu_notifier.ops), ops);
  poke(c, at(subscription, mmu_notifier.mm), mm);
  poke(c, at(subscription, mmu_notifier.next), firstOf(c, mm));
  poke(c, at(mm, mm_struct.notifier_subscriptions), subscription);
}

/** Before entries of [start, end) change. */
export function* mmu_notifier_invalidate_range_start(c: Vcpu, mm: Ptr, start: number, end: number): Code {
  for (let s = firstOf(c, mm); s !== NULL; s = nextOf(c, s)) {
    const ops = opsOf(c, s);
    yield* ops.invalidate_range_start(c, s, start, end);
  }
}

/** After they have changed, and the TLBs know. */
export function* mmu_notifier_invalidate_range_end(c: Vcpu, mm: Ptr, start: number, end: number): Code {
  for (let s = firstOf(c, mm); s !== NULL; s = nextOf(c, s)) {
    const ops = opsOf(c, s);
    yield* ops.invalidate_range_end(c, s, start, end);
  }
}

/** @returns whether anybody has used a page of the range */
export function* mmu_notifier_clear_flush_young(c: Vcpu, mm: Ptr, start: number, end: number): Code<boolean> {
  let young = false;
  for (let s = firstOf(c, mm); s !== NULL; s = nextOf(c, s)) {
    const ops = opsOf(c, s);
    if (yield* ops.clear_flush_young(c, s, start, end)) young = true;
  }
  return young;
}

/** @returns whether anybody has used the page */
export function* mmu_notifier_test_young(c: Vcpu, mm: Ptr, address: number): Code<boolean> {
  for (let s = firstOf(c, mm); s !== NULL; s = nextOf(c, s)) {
    const ops = opsOf(c, s);
    if (yield* ops.test_young(c, s, address)) return true;
  }
  return false;
}

/** The mm ends: nobody may translate its addresses any more. */
export function* mmu_notifier_release(c: Vcpu, mm: Ptr): Code {
  if (firstOf(c, mm) === NULL) return; // a collapse may be looking, too
  for (let s = firstOf(c, mm); s !== NULL; s = nextOf(c, s)) {
    const ops = opsOf(c, s);
    yield* ops.release(c, s);
  }
  poke(c, at(mm, mm_struct.notifier_subscriptions), NULL);
}
