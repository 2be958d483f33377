// SPDX-License-Identifier: GPL-2.0-only
/**
 * Replays that look at the machine on their way: at what each transition would do, and at what the vCPUs hold after some of them.
 */
import { Footprint } from '../../cpu/footprint.ts';
import type { Machine } from '../../cpu/machine.ts';
import { type Pick, Replay } from '../engines/replay.ts';
import { type MachineState, stateOf, type Walk } from '../report/state.ts';

/** A replay that keeps what each transition was, as it was told before it ran. */
export class Recording extends Replay {
  readonly events: Footprint[] = [];

  override pick(m: Machine, enabled: Int32Array, n: number): number {
    const actor = super.pick(m, enabled, n);
    if (actor >= 0) {
      const f = new Footprint();
      m.footprint(actor, f);
      this.events.push(f);
    }
    return actor;
  }
}

/**
 * What the vCPUs hold after each transition, from 0 (none) on, in an execution that has been replayed before. To ask a TLB disturbs an access that is
 * half done, so where there are walks each state takes a run of its own. The machine is reset, and left anywhere.
 */
export function statesOf(m: Machine, picks: readonly Pick[], walks: readonly Walk[]): MachineState[] {
  const states: MachineState[] = [];
  for (let k = 0; k <= picks.length; k++) {
    const again = walks.length > 0 || k === 0;
    if (again) m.reset();
    for (const { actor, choice } of picks.slice(again ? 0 : k - 1, k)) m.run(actor, choice);
    states.push(stateOf(m, walks));
  }
  return states;
}
