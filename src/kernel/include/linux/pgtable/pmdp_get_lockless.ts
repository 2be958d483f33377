// SPDX-License-Identifier: GPL-2.0-only
/**
 * Lockless reads of a PAE entry. Linux v6.6: include/linux/pgtable.h under CONFIG_GUP_GET_PXX_LOW_HIGH, mm/pgtable-generic.c.
 *
 * Why it is right, as far as it is: a present entry never becomes a different present one without a TLB flush in between, and the reader
 * has interrupts off, which holds up the flush's interrupt. Low before high: high is not older than low. Low again: nor newer.
 */
import { entryReadBegin, entryReadEnd } from '../../../../../cpu/entry-read.ts';
import { load } from '../../../../../cpu/ops.ts';
import { witness } from '../../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../mmu/types.ts';
import { HIGH, LOW } from '../../../arch/x86/include/asm/pgtable-3level/native.ts';
import { guard, on } from '../../../guard.ts';
import { tlb_remove_table_sync_one } from '../../../mm/mmu_gather/tlb_remove_table_sync_one.ts';
import { at } from '../../../struct.ts';
import { local_irq_restore, local_irq_save } from '../irqflags.ts';

export const lockless_irqs_off = guard(
  'lockless-irqs-off',
  'interrupts off around pmdp_get_lockless() in __pte_offset_map()',
  'include/linux/pgtable.h',
);
export const low_reread = guard('low-reread', 'the second read of pmd_low in pmdp_get_lockless()', 'include/linux/pgtable.h');
export const low_first = guard('low-first', 'pmd_low read before pmd_high in pmdp_get_lockless()', 'include/linux/pgtable.h');

/** For scenarios: a reader was caught in the middle. */
export const LOW_CHANGED = 'pmd_low changed under a lockless read, which began again';

/** @returns the low word; the high one is in c.hi */
export function* pmdp_get_lockless(c: Vcpu, pmdp: Ptr): Code<number> {
  const reread = on(c, low_reread);
  const lowFirst = on(c, low_first);
  for (;;) {
    entryReadBegin(c, pmdp);
    const early = lowFirst ? 0 : yield* load(c, at(pmdp, HIGH));
    const lo = yield* load(c, at(pmdp, LOW));
    // smp_rmb(): loads are in order under TSO. Pairs with the smp_wmb() of native_set_pte and with the flush of whoever changes the frame.
    const hi = lowFirst ? yield* load(c, at(pmdp, HIGH)) : early;
    // smp_rmb(): the same. Pairs with the smp_wmb() of native_pmd_clear.
    if (reread && lo !== (yield* load(c, at(pmdp, LOW)))) {
      witness(c, LOW_CHANGED);
      continue;
    }
    entryReadEnd(c, lo, hi);
    c.hi = hi;
    return lo;
  }
}

export const ptep_get_lockless = pmdp_get_lockless;

export function* pmdp_get_lockless_start(c: Vcpu): Code<number> {
  return on(c, lockless_irqs_off) ? yield* local_irq_save(c) : 0;
}

export function* pmdp_get_lockless_end(c: Vcpu, irqflags: number): Code {
  if (on(c, lockless_irqs_off)) yield* local_irq_restore(c, irqflags);
}

/** Waits until every other CPU has taken an interrupt: none of them is between start and end of a read that began before. */
export function* pmdp_get_lockless_sync(c: Vcpu): Code {
  yield* tlb_remove_table_sync_one(c);
}
