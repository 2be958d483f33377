// SPDX-License-Identifier: GPL-2.0-only
/**
 * An execution again, with the footprint of every transition: from picks to what a search knows of each of its own. Any order of its class will do, also
 * one that no processor could run.
 *
 * Reference: none.
 */
import { Footprint } from '../../cpu/footprint.ts';
import type { Machine, Outcome } from '../../cpu/machine.ts';
import { Execution } from './explore/execution.ts';
import type { Pick } from './replay.ts';
import { drive } from './strategy.ts';

export function recorded(m: Machine, picks: readonly Pick[]): { x: Execution; outcome: Outcome } {
  const x = new Execution(m.contexts.length);
  const outcomes: Outcome[] = [];
  const strategy = {
    begin: () => outcomes.length === 0,
    pick(machine: Machine): number {
      const pick = picks[x.length];
      if (pick === undefined) return -1;
      const event = new Footprint();
      machine.footprint(pick.actor, event);
      event.choice = pick.choice;
      x.push(event);
      return pick.actor;
    },
    choose: () => picks[x.length - 1]!.choice,
    end: (_: Machine, outcome: Outcome) => void outcomes.push(outcome),
  };
  drive(m, strategy, () => true);
  return { x, outcome: outcomes[0]! };
}
