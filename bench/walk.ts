// SPDX-License-Identifier: GPL-2.0-only
/** The random walk that the random strategies are compared with: at each step any enabled actor, as likely as any other. */
import type { Machine } from '../cpu/machine.ts';
import type { Policy } from '../src/engines/drawn.ts';

export class Walk implements Policy {
  begin(): void {}

  moves(_: Machine, __: number, ___: Int32Array, ____: number, priority: Int32Array): void {
    priority.fill(0);
  }
}
