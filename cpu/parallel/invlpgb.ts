// SPDX-License-Identifier: GPL-2.0-only
/**
 * No INVLPGB between threads: cpu/invlpgb in the build of the parallel engine. What a vCPU remembers is its thread's own, which no other thread can
 * reach; machines of threads have no policy that asks for it.
 *
 * Reference: AMD64 APM Vol. 3, INVLPGB and TLBSYNC.
 */
import type { Code, Vcpu } from '../vcpu.ts';
import { Defect } from '../violation.ts';

/** Nothing is kept of requests. */
export const invlpgbWords = (): number => 0;

export function* invlpgb(_c: Vcpu): Code {
  throw new Defect('INVLPGB on a machine of threads');
}

export function* tlbsync(_c: Vcpu): Code {}

export function* serveInvlpgb(_c: Vcpu): Code {}
