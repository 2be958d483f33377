// SPDX-License-Identifier: GPL-2.0-only
/**
 * What it means that nobody can go on. In exploration contexts that wait for ever, and are not merely cut, are in a deadlock; a lock in a page that is
 * freed is told apart. Where one order runs, it is a defect of whoever asked for that order.
 *
 * Reference: docs/design-notes.md, "Contexts".
 */
import { ACQUIRE, AWAIT, BLOCK } from './kinds.ts';
import type { Machine } from './machine.ts';
import { isFreedLock } from './memory.ts';
import { isHandler, type Vcpu } from './vcpu.ts';
import { Defect, type Violation } from './violation.ts';

/** @returns what to report of an execution in which nothing is enabled any more; null if whoever is left was cut, or need not go on */
export function deadlock(m: Machine): Violation | null {
  const stuck = m.contexts.filter((c) => (c.kind === AWAIT || c.kind === ACQUIRE) && !(isHandler(c) && c.tasks.length === 0) && !c.idle);
  if (stuck.length === 0 || m.contexts.some((c) => c.kind === BLOCK)) return null;
  const who = stuck.map((c) => `${m.contextName(c)} waits ${c.halted ? 'in HLT' : `for ${m.nameOf(c.at)}`}`);
  const lost = stuck.find((c) => isFreedLock(m, c.at));
  return {
    kind: lost === undefined ? 'deadlock' : 'freed-frame',
    summary: `nothing can go on: ${who.join('; ')}${lost === undefined ? '' : ', a lock in a page that is freed'}`,
    ctx: (lost ?? stuck[0]!).ctx,
    seq: m.seq,
    atEnd: true,
    site: (lost ?? stuck[0]!).site,
  };
}

/** Of a context that waits for what nobody will bring: where, and who holds what. */
export function wouldBlock(c: Vcpu): Defect {
  const { m } = c;
  return new Defect([`would block: ${m.contextName(c)} at ${m.nameOf(c.at)}`, ...m.holders()].join('; '));
}
