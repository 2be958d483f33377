// SPDX-License-Identifier: GPL-2.0-only
/**
 * Names the class of an execution while the machine runs it, from what the machine does and not from what the exploration believes: what
 * each read takes its value from, the order of the writes of each word, and the choices. And every class of a program, by running all
 * orders of its transitions.
 */
import { Footprint } from '../../cpu/footprint.ts';
import { AWAIT, CHOOSE, DRAIN, LOAD } from '../../cpu/kinds.ts';
import type { Machine } from '../../cpu/machine.ts';
import { describe } from '../../cpu/next.ts';

/** Hooks the machine. @returns the class of the execution that ran last */
export function watchClasses(m: Machine): () => string {
  const writes = new Map<number, string[]>();
  let reads: string[] = [];
  const f = new Footprint();

  const source = (ctx: number, w: number): string => {
    const b = m.contexts[ctx]!.buffer;
    const i = b.newest(w as never);
    if (i >= 0) return `${ctx}s${b.marked.subarray(0, b.stores).indexOf(i)}`;
    return writes.get(w)?.at(-1) ?? 'image';
  };
  const note = (actor: number, choice: number): void => {
    describe(m, actor, f);
    const id = f.kind === DRAIN ? `${f.ctx}s${f.store}` : `${f.ctx}t${f.place}`;
    if (f.kind === CHOOSE) reads.push(`${id}=${choice}`);
    for (let w = f.at; w < f.at + f.n; w++) {
      if (f.kind !== DRAIN)
        reads.push(`${id}[${w}]=${f.kind === LOAD || f.kind === AWAIT ? source(f.ctx, w) : (writes.get(w)?.at(-1) ?? 'image')}`);
      if (f.writes) writes.set(w, [...(writes.get(w) ?? []), id]);
    }
  };
  const { reset, run } = { reset: m.reset.bind(m), run: m.run.bind(m) };
  m.reset = () => {
    writes.clear();
    reads = [];
    reset();
  };
  m.run = (actor, choice) => {
    note(actor, choice);
    run(actor, choice);
  };
  return () => JSON.stringify([reads.toSorted(), [...writes].sort(([a], [b]) => a - b)]);
}

interface Step {
  pick: number;
  picks: number;
  choice: number;
  choices: number;
}

/**
 * Runs every order of the transitions, each from the start.
 * @returns the classes, or null if there are more than `most` orders
 */
export function everyClass(m: Machine, most: number): Set<string> | null {
  const classOf = watchClasses(m);
  const enabled = new Int32Array(m.actors);
  const classes = new Set<string>();
  const path: Step[] = [];
  for (let runs = 0; runs < most; runs++) {
    m.reset();
    for (let d = 0, n = m.enabled(enabled); n > 0; n = m.enabled(enabled), d++) {
      path[d] ??= { pick: 0, picks: n, choice: 0, choices: 1 };
      const step = path[d]!;
      const c = m.contexts[enabled[step.pick]!];
      step.choices = c !== undefined && c.kind === CHOOSE ? c.a0 : 1;
      m.run(enabled[step.pick]!, step.choice);
    }
    classes.add(classOf());
    m.done();
    if (!advance(path)) return classes;
  }
  return null;
}

/** The next path: the deepest step that has something left takes it. */
function advance(path: Step[]): boolean {
  for (let last = path.pop(); last !== undefined; last = path.pop()) {
    if (last.choice + 1 < last.choices) last.choice++;
    else if (last.pick + 1 < last.picks) {
      last.pick++;
      last.choice = 0;
    } else continue;
    path.push(last);
    return true;
  }
  return false;
}
