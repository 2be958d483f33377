// SPDX-License-Identifier: GPL-2.0-only
/**
 * Accesses by linear address of a thread: cpu/translate in the build of the parallel engine. From the translation to the access no interrupt is taken, so who
 * flushes waits until the access is done.
 *
 * Reference: Intel SDM Vol. 3A 4.10.5 (propagation of changes to other processors), 6.6 (interrupts between instructions).
 */
import { READ, WRITE } from '../../mmu/access.ts';
import { NO_FAULT } from '../../mmu/fault.ts';
import { LOAD_PDPTES, ON_INVLPG, ON_MOV_CR3 } from '../../mmu/invalidation.ts';
import { writeCr3 as movCr3 } from '../../mmu/mov-cr.ts';
import type { Ptr } from '../../mmu/types.ts';
import { violate } from '../report.ts';
import type { Code, Vcpu } from '../vcpu.ts';
import { load, store } from './ops.ts';

function translate(c: Vcpu, va: number, access: number): Ptr {
  const mmu = c.m.mmus[c.id]!;
  const p = mmu.translate(va, access) >>> 0;
  c.fault = p === 0 ? mmu.takeFault() : NO_FAULT;
  return p as Ptr;
}

export function* loadLinear(c: Vcpu, va: number, privilege: number): Code<number> {
  const p = translate(c, va, privilege | READ);
  return p === 0 ? 0 : yield* load(c, p);
}

export function* storeLinear(c: Vcpu, va: number, privilege: number, value: number): Code<boolean> {
  const p = translate(c, va, privilege | WRITE);
  if (p !== 0) yield* store(c, p, value);
  return p !== 0;
}

/** Good until the next operation. */
export function* pageLinear(c: Vcpu, va: number, access: number): Code<Ptr> {
  const p = translate(c, va, access);
  return (p === 0 ? 0 : p - ((va >>> 2) & 1023)) as Ptr;
}

function invalidate(c: Vcpu, drops: number, operand: number): void {
  const mmu = c.m.mmus[c.id]!;
  if ((drops & LOAD_PDPTES) === 0) mmu.invalidate(drops, operand);
  else if (!movCr3(mmu, operand)) violate(c, 'check', '#GP(0): a PDPTE that MOV CR3 loads has a reserved bit set');
}

export function* invlpg(c: Vcpu, va: number): Code {
  c.m.counters.invlpg++;
  invalidate(c, ON_INVLPG, va);
}

export function* writeCr3(c: Vcpu, cr3: number): Code {
  c.m.counters.cr3Writes++;
  invalidate(c, ON_MOV_CR3, cr3);
}

export const readCr3 = (c: Vcpu): number => c.m.mmus[c.id]!.regs.cr3;

/** No thread walks for no reason. */
export function* speculate(_c: Vcpu, _entry: Ptr): Code {}
