// SPDX-License-Identifier: GPL-2.0-only
/**
 * How a finding is made: by the machine's own checks, or by code that knows what must hold (a BUG_ON of the port, a check of a scenario).
 * Reference: Linux v6.6 include/asm-generic/bug.h for the idea; docs/design-notes.md, "Violations".
 */
import type { Vcpu } from './vcpu.ts';
import { KILLED, type ViolationKind } from './violation.ts';

/** Records the finding, if it is the execution's first; the context goes on. `other` is the context of a race's other side. */
export function note(c: Vcpu, kind: ViolationKind, summary: string, other = -1): void {
  c.m.violation ??= { kind, summary, ctx: c.ctx, other, seq: c.m.seq, atEnd: false, site: c.m.trace?.siteOf(c) ?? 0 };
}

/** Records the finding and stops the context. */
export function violate(c: Vcpu, kind: ViolationKind, summary: string, other = -1): never {
  note(c, kind, summary, other);
  throw KILLED;
}

/** Something that a scenario wants to have seen in some execution has happened. */
export function witness(c: Vcpu, name: string): void {
  c.m.witnesses.add(name);
}
