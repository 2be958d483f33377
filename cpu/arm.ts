// SPDX-License-Identifier: GPL-2.0-only
/**
 * Making an operation the pending one of its context, for the operations of cpu/ops and cpu/direct-ops, and for code that yields itself.
 *
 * Reference: Intel SDM Vol. 3A 9.2; docs/design-notes.md, "Starting, replaying, erasing".
 */
import type { Ptr } from '../mmu/types.ts';
import { LOAD, RMW } from './kinds.ts';
import { fence } from './memory.ts';
import { CMPXCHG, type RmwFn } from './rmw.ts';
import type { Vcpu } from './vcpu.ts';

/** Makes an operation the pending one. */
export function arm(c: Vcpu, kind: number, at: Ptr, n: number): void {
  c.kind = kind;
  c.at = at;
  c.n = n;
  c.quiet = false;
  c.spawns = -1;
  if (c.m.trace !== null) c.site = c.m.trace.site();
}

/** What an RMW applies. */
export function args(c: Vcpu, fn: RmwFn, a0: number, a1: number, a2: number, a3: number): void {
  c.fn = fn;
  c.a0 = a0 | 0;
  c.a1 = a1 | 0;
  c.a2 = a2 | 0;
  c.a3 = a3 | 0;
}

/** What `load` does before it yields. */
export function startLoad(c: Vcpu, p: Ptr): void {
  arm(c, LOAD, p, 1);
}

/** What `rmw` does before it yields. */
export function startRmw(c: Vcpu, p: Ptr, fn: RmwFn, a: number): void {
  arm(c, RMW, p, 1);
  args(c, fn, a, 0, 0, 0);
  fence(c);
}

/** What `cmpxchg` does before it yields. */
export function startCmpxchg(c: Vcpu, p: Ptr, old: number, v: number): void {
  arm(c, RMW, p, 1);
  args(c, CMPXCHG, old, v, 0, 0);
  fence(c);
}
