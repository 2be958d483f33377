// SPDX-License-Identifier: GPL-2.0-only
/**
 * Runs every schedule of another strategy twice and compares: what is enabled and what each transition does, step by step, then memory and outcome. The
 * common prefix of two executions is compared too, and the first execution runs again on a machine that was built and set up apart. A difference is a
 * defect, of the scenario or of what runs it: searches, and tokens, rely on the picks alone to decide an execution.
 *
 * Reference: AWS Shuttle, its check for sources of randomness that the scheduler does not control, for the idea.
 */
import { Footprint } from '../../cpu/footprint.ts';
import { KIND_NAMES } from '../../cpu/kinds.ts';
import type { Machine, Outcome } from '../../cpu/machine.ts';
import { drive, type Strategy } from './strategy.ts';

export class NotDeterministic extends Error {
  override name = 'NotDeterministic';
}

/** What is compared of one step. */
interface Step {
  enabled: string;
  event: Footprint;
  choice: number;
}

export class Twice implements Strategy {
  private readonly inner: Strategy;
  private apart: Machine | null;
  private steps: Step[] = [];
  private before: Step[] = [];
  /** Up to here the execution before took the same steps. */
  private common = true;

  /** @param apart a second machine of the same cell */
  constructor(inner: Strategy, apart: Machine) {
    this.inner = inner;
    this.apart = apart;
  }

  begin(): boolean {
    this.before = this.steps;
    this.steps = [];
    this.common = true;
    return this.inner.begin();
  }

  pick(m: Machine, enabled: Int32Array, n: number): number {
    const d = this.steps.length;
    const last = this.before[d - 1];
    if (last !== undefined && last.choice !== this.steps[d - 1]!.choice) this.common = false;
    const now = namesOf(m, enabled, n);
    const was = this.common ? this.before[d] : undefined;
    if (was !== undefined && was.enabled !== now) throw parted(d, `enabled: ${was.enabled}`, `enabled: ${now}`);
    const actor = this.inner.pick(m, enabled, n);
    if (actor < 0) return actor;
    const event = describe(m, actor);
    if (was === undefined || was.event.actor !== actor) this.common = false;
    else compare(m, d, was.event, event);
    this.steps.push({ enabled: now, event, choice: 0 });
    return actor;
  }

  choose(n: number): number {
    const choice = this.inner.choose(n);
    this.steps.at(-1)!.choice = choice;
    return choice;
  }

  end(m: Machine, outcome: Outcome): void {
    const first = endOf(m, outcome);
    let second = '';
    let d = 0;
    const again: Strategy = {
      begin: () => second === '',
      pick: (machine, enabled, n) => {
        const was = this.steps[d];
        if (was === undefined) return -1;
        const now = namesOf(machine, enabled, n);
        if (now !== was.enabled) throw parted(d, `enabled: ${was.enabled}`, `enabled: ${now}`);
        compare(machine, d++, was.event, describe(machine, was.event.actor));
        return was.event.actor;
      },
      choose: () => this.steps[d - 1]!.choice,
      end: (machine, o) => {
        second = endOf(machine, o);
      },
    };
    const twin = this.apart;
    this.apart = null;
    for (const machine of twin === null ? [m] : [twin, m]) {
      second = '';
      d = 0;
      drive(machine, again, () => true);
      if (d < this.steps.length) throw parted(d, textOf(m, this.steps[d]!.event), 'the end');
      if (first !== second) throw parted(d, first, second);
    }
    this.inner.end(m, outcome);
  }
}

const parted = (d: number, first: string, second: string): NotDeterministic =>
  new NotDeterministic(`the same picks lead elsewhere: they part at pick ${d + 1}: first ${first}; then ${second}`);

const nameOf = (m: Machine, actor: number): string => {
  const c = m.contexts[actor];
  return c === undefined ? `a drain of ${m.contextName(m.contexts[actor - m.contexts.length]!)}` : m.contextName(c);
};

const namesOf = (m: Machine, enabled: Int32Array, n: number): string => Array.from(enabled.subarray(0, n), (a) => nameOf(m, a)).join(', ');

function describe(m: Machine, actor: number): Footprint {
  const event = new Footprint();
  m.footprint(actor, event);
  return event;
}

const COMPARED = ['kind', 'place', 'at', 'n', 'writes', 'old0', 'v0', 'v1', 'v2', 'a0', 'a1', 'a2', 'a3', 'mask', 'want'] as const;

function compare(m: Machine, d: number, was: Footprint, now: Footprint): void {
  // A field that a transition does not use keeps the value of the operation before: it is the same in both.
  if (COMPARED.some((key) => was[key] !== now[key]) || was.alternatives !== now.alternatives)
    throw parted(d, textOf(m, was), textOf(m, now));
}

function textOf(m: Machine, f: Footprint): string {
  const value = f.writes ? ` = 0x${(f.v0 >>> 0).toString(16)}` : ` is 0x${(f.old0 >>> 0).toString(16)}`;
  return `${nameOf(m, f.actor)}: ${KIND_NAMES[f.kind]}${f.n > 0 ? ` of ${m.nameOf(f.at)}${value}` : ''}`;
}

/** Memory as far as it was written, and how the execution ended. */
function endOf(m: Machine, outcome: Outcome): string {
  const { words, journal } = m.mem;
  let sum = 0;
  if (journal !== null) {
    for (let i = 0; i < journal.n; i++) {
      const p = journal.written[i]!;
      const h = Math.imul(p ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(words[p]! ^ 0xc2b2ae35, 0x27d4eb2f);
      sum = (sum + Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)) | 0;
    }
  }
  const said = outcome.violation === null ? '' : ` (${outcome.violation.summary})`;
  return `${outcome.state}${said} with a memory of hash ${(sum >>> 0).toString(16)}`;
}
