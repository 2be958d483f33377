// SPDX-License-Identifier: GPL-2.0-only
/**
 * An execution again, with the footprint of every transition: from the picks of a random execution to what a search knows of each of its own.
 */
import { Footprint } from '../../cpu/footprint.ts';
import type { Machine } from '../../cpu/machine.ts';
import { Execution } from './explore/execution.ts';
import { type Pick, Replay } from './replay.ts';
import { drive } from './strategy.ts';

export function recorded(m: Machine, picks: readonly Pick[]): Execution {
  const x = new Execution(m.contexts.length);
  const replay = new Replay(picks);
  drive(
    m,
    {
      begin: () => replay.begin(),
      pick(machine, enabled, n) {
        const actor = replay.pick(machine, enabled, n);
        if (actor < 0) return actor;
        const event = new Footprint();
        machine.footprint(actor, event);
        event.choice = picks[x.length]!.choice;
        x.push(event);
        return actor;
      },
      choose: (n) => replay.choose(n),
      end: (machine, outcome) => replay.end(machine, outcome),
    },
    () => true,
  );
  return x;
}
