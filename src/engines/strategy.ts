// SPDX-License-Identifier: GPL-2.0-only
/**
 * What decides the order of events: asked once for each transition, told how each execution ended. `drive` is the only loop that runs
 * executions.
 */
import { CHOOSE } from '../../cpu/kinds.ts';
import type { Machine, Outcome } from '../../cpu/machine.ts';

export interface Strategy {
  /** Another execution? */
  begin(): boolean;
  /** The actor that comes next, where that is known without asking which are enabled, as in a replay; else -1, and `pick` is asked. */
  replay?(): number;
  /** One of the n enabled actors, or -1 to give the execution up. The list is never empty. */
  pick(m: Machine, enabled: Int32Array, n: number): number;
  /** One of n alternatives for the actor just picked. */
  choose(n: number): number;
  end(m: Machine, outcome: Outcome): void;
}

/** Most transitions of one execution: beyond, a loop is taken to have no end. */
export const MAX_TRANSITIONS = 20_000;

/** An execution grew beyond the limit; `where` names what was running. */
export class TooLong extends Error {
  readonly where: string;
  constructor(where: string) {
    super(`an execution has more than ${MAX_TRANSITIONS} transitions; it was in ${where}`);
    this.where = where;
  }
}

/**
 * Runs executions until the strategy has had enough or `goOn` says no.
 * @throws TooLong
 */
export function drive(m: Machine, strategy: Strategy, goOn: () => boolean): void {
  const enabled = new Int32Array(m.actors);
  while (goOn() && strategy.begin()) {
    m.reset();
    runOne(m, strategy, enabled);
    strategy.end(m, m.done());
  }
}

function runOne(m: Machine, strategy: Strategy, enabled: Int32Array): void {
  for (;;) {
    let actor = strategy.replay === undefined ? -1 : strategy.replay();
    if (actor < 0) {
      const n = m.enabled(enabled);
      if (n === 0) return;
      actor = strategy.pick(m, enabled, n);
      if (actor < 0) return;
    }
    const c = m.contexts[actor];
    m.run(actor, c !== undefined && c.kind === CHOOSE ? strategy.choose(c.a0) : 0);
    if (m.seq > MAX_TRANSITIONS) throw new TooLong(c === undefined ? 'a drain' : `${m.contextName(c)} at ${m.nameOf(c.at)}`);
  }
}
