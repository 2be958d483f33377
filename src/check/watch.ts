// SPDX-License-Identifier: GPL-2.0-only
/**
 * Replays that look at the machine on their way: at what each transition would do, and at what the vCPUs hold after some of them.
 */
import { Footprint } from '../../cpu/footprint.ts';
import { AWAIT, DEAD, END } from '../../cpu/kinds.ts';
import type { Machine, Outcome } from '../../cpu/machine.ts';
import { PROGRAM, type Vcpu } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import { type Pick, Replay } from '../engines/replay.ts';
import type { Unfinished } from '../report/delays.ts';

/** A traced replay that keeps what each transition was, as it was told before it ran, and what each context would do next when it ends. */
export class Recording extends Replay {
  readonly events: Footprint[] = [];
  readonly unfinished: Unfinished[] = [];

  override pick(m: Machine, enabled: Int32Array, n: number): number {
    const actor = super.pick(m, enabled, n);
    if (actor >= 0) {
      const f = new Footprint();
      m.footprint(actor, f);
      this.events.push(f);
    } else for (const c of m.contexts) if (c.buffer.drained < c.buffer.stores) this.unfinished.push(nextDrain(c));
    return actor;
  }

  override end(m: Machine, outcome: Outcome): void {
    super.end(m, outcome);
    for (const c of m.contexts) {
      const waits = c.role === PROGRAM && c.kind !== END && c.kind !== DEAD && c.kind !== AWAIT && c.site !== 0;
      if (waits && !this.unfinished.some((u) => u.ctx === c.ctx))
        this.unfinished.push({ ctx: c.ctx, site: c.site, at: c.at, text: m.nameOf(c.at) });
    }
  }
}

function nextDrain({ ctx, m, buffer: b }: Vcpu): Unfinished {
  const i = b.marked[b.drained]!;
  const at = b.at[i]! as Ptr;
  return { ctx, site: b.site[i]!, at, text: `${m.nameOf(at)} = 0x${(b.lo[i]! >>> 0).toString(16)}` };
}

/**
 * What `look` tells after each transition, from 0 (none) on, in an execution that has been replayed before. The machine is reset, and left anywhere.
 * @param disturbs to look changes what comes next, so that each look takes a run of its own
 */
export function instantsOf<T>(m: Machine, picks: readonly Pick[], disturbs: boolean, look: () => T): T[] {
  const instants: T[] = [];
  for (let k = 0; k <= picks.length; k++) {
    const again = disturbs || k === 0;
    if (again) m.reset();
    for (const { actor, choice } of picks.slice(again ? 0 : k - 1, k)) m.run(actor, choice);
    instants.push(look());
  }
  return instants;
}
