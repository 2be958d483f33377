// SPDX-License-Identifier: GPL-2.0-only
/**
 * Interrupts of this CPU on and off. Linux v6.6: include/linux/irqflags.h, local_irq_save(), local_irq_restore(), local_irq_disable(),
 * local_irq_enable(), irqs_disabled(); arch/x86/include/asm/irqflags.h, where they are PUSHF, CLI and STI.
 *
 * `flags` is what Linux keeps of EFLAGS: 1 if interrupts were on. A handler runs with them off and leaves them so.
 * left out: tracing of the switch (trace_hardirqs_off); lockdep's record of where it was made.
 */
import { sectionBegin, sectionEnd } from '../../../../cpu/deferred.ts';
import { cli, sti } from '../../../../cpu/interrupts.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';

export const irqs_disabled = (c: Vcpu): boolean => !c.irqsOn;

/**
 * Holds up RCU callbacks, as rcu_read_lock() does: that is what gup_fast relies on. local_irq_disable() does too, on Linux; the regions that
 * use it here touch nothing that RCU frees, so they are not counted (docs/design-notes.md, "Sections").
 * @returns flags for local_irq_restore()
 */
export function* local_irq_save(c: Vcpu): Code<number> {
  const flags = c.irqsOn ? 1 : 0;
  yield* cli(c);
  if (flags !== 0) yield* sectionBegin(c);
  return flags;
}

/** Pairs with the interrupt entry: what was stored with interrupts off is in memory before a handler runs. */
export function* local_irq_restore(c: Vcpu, flags: number): Code {
  if (flags === 0) return;
  yield* sectionEnd(c);
  yield* sti(c);
}

export function* local_irq_disable(c: Vcpu): Code {
  yield* cli(c);
}

/** Pairs with the interrupt entry, as local_irq_restore(). */
export function* local_irq_enable(c: Vcpu): Code {
  yield* sti(c);
}
