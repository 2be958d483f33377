// SPDX-License-Identifier: GPL-2.0-only
/**
 * Partial-order sampling: every event has a priority of its own, drawn when it is first enabled, and drawn again when an event that races with it has
 * run. So of two events that race either comes first about as often, whatever else there is to run. Finds, and never proves.
 *
 * Reference: Yuan, Yang, Gu, "Partial order aware concurrency sampling" (CAV 2018).
 */
import { Footprint } from '../../cpu/footprint.ts';
import type { Machine } from '../../cpu/machine.ts';
import type { Policy } from './drawn.ts';
import { conflict } from './explore/dependence.ts';

export class Sampling implements Policy {
  private readonly event = new Footprint();
  private readonly other = new Footprint();

  begin(): void {}

  moves(m: Machine, actor: number, enabled: Int32Array, n: number, priority: Int32Array): void {
    const { event, other } = this;
    m.footprint(actor, event);
    for (let i = 0; i < n; i++) {
      const rival = enabled[i]!;
      if (rival === actor) continue;
      m.footprint(rival, other);
      if (other.ctx !== event.ctx && conflict(event, other, m.contexts.length)) priority[rival] = 0;
    }
    priority[actor] = 0;
  }
}
