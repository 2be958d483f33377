// SPDX-License-Identifier: GPL-2.0-only
/**
 * The report of one execution: run again from its picks, with a trace, and told to a person. The same picks give the same bytes.
 */
import { basename } from 'node:path';
import type { Trace } from '../../cpu/trace.ts';
import type { Violation } from '../../cpu/violation.ts';
import { type Difficulty, difficulty } from '../engines/explore/linearise.ts';
import type { Pick } from '../engines/replay.ts';
import { check_hung_task } from '../kernel/kernel/hung_task.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { accountText } from '../report/call-chain.ts';
import { type DelayPlan, delaysOf } from '../report/delays.ts';
import { drawRace } from '../report/diagram.ts';
import { primitiveAt } from '../report/event-text.ts';
import { type Event, eventsOf, eventsText, walksOf } from '../report/events.ts';
import { type RaceReport, raceReport, raceText } from '../report/race.ts';
import { type MachineState, stateLines, stateOf } from '../report/state.ts';
import { boundsOf } from './bounds.ts';
import type { Cell } from './cell.ts';
import { replayed } from './replayed.ts';
import { formatToken } from './token.ts';
import { instantsOf } from './watch.ts';

/** How long a counterexample is, in what makes it hard to follow. */
export interface Length {
  transitions: number;
  /** Changes from one vCPU to another. */
  switches: number;
  /** Stores that reach memory behind a later event of their own program. */
  lateDrains: number;
}

export interface Report {
  kind: string;
  summary: string;
  diagram: string;
  token: string;
  length: Length;
  /** Number of the transition behind which it was found; of what is found at the end, the last one. */
  found: number;
  /** Both sides of a race. */
  race?: RaceReport;
  /** What lockdep says, or who waits for whom. */
  locks?: string;
  events: readonly Event[];
  /** The same as mdelay() points on the functions of Linux. */
  delays: DelayPlan;
  /** All of it but the events, as it is printed. */
  text: string;
  /** The events, as `--events` prints them. */
  eventsText: string;
}

/**
 * @param file where the scenario is the user's own
 * @throws ReplayError if the picks do not fit, or lead to no violation
 */
export function reportOf(cell: Cell, start: number, picks: readonly Pick[], file?: string): Report {
  const { built, trace, recording, violation } = replayed(cell, start, picks);
  const { machine: m, comms } = built;
  const diagram = drawRace(trace, m.contexts, comms);
  const token = formatToken({ ...cell, scenario: cell.scenario.name, start, picks });
  const length = lengthOf(difficulty(recording.events, (ctx) => m.contexts[ctx]!.id));
  const race = trace.race === null ? undefined : raceReport(m, trace, comms, trace.race);
  const locks = accountText(trace, violation.kind === 'deadlock' ? check_hung_task(m.os as Kernel) : trace.account);
  m.trace = null;
  const walks = walksOf(trace);
  const states = instantsOf(m, picks, walks.length > 0, () => stateOf(m, walks));
  const found = Math.min(violation.seq, states.length - 1);
  const events = eventsOf(m, trace, states);

  const parts = [`BUG: paelab: ${violation.kind} in ${where(trace, violation)}`, wrap(cellText(cell)), wrap(violation.summary)];
  if (race !== undefined) parts.push(raceText(race));
  if (locks !== '') parts.push(locks);
  if (diagram.trim() !== '') parts.push(diagram);
  const next = consequence(violation);
  if (next !== null) parts.push(wrap(next));
  parts.push(heldText(states[found]!));
  parts.push(`${lengthText(length)}. Again: paelab replay ${token}${file === undefined ? '' : ` ${basename(file)}`}`);
  return {
    ...{ kind: violation.kind, summary: violation.summary, diagram, token, length, found },
    ...(race !== undefined && { race }),
    ...(locks !== '' && { locks }),
    ...{
      events,
      delays: delaysOf(trace, m.contexts.length, comms, recording.unfinished, violation.ctx),
      text: `${parts.join('\n\n')}\n`,
      eventsText: `${eventsText(events, found)}\n`,
    },
  };
}

export const lengthOf = (d: Difficulty): Length => ({
  transitions: d.length,
  switches: Math.max(0, d.switches - 1),
  lateDrains: d.lateDrains,
});

/** "39 transitions, 5 CPU switches, no late drain" */
export function lengthText({ transitions, switches, lateDrains }: Length): string {
  const count = (n: number, what: string): string => `${n === 0 ? 'no' : n} ${what}${n < 2 ? '' : what.endsWith('switch') ? 'es' : 's'}`;
  return [count(transitions, 'transition'), count(switches, 'CPU switch'), count(lateDrains, 'late drain')].join(', ');
}

function heldText(state: MachineState): string {
  const lines = stateLines(state);
  if (lines.length === 0) return 'Every store buffer is empty then.';
  return `Held then:\n${lines.map((line) => wrap(line, 2)).join('\n')}`;
}

/** The cell in one sentence: what `paelab check` would be told. */
export function cellText(cell: Cell): string {
  const config = Object.entries(cell.config).map(([key, value]) => `${key}=${value}`);
  const without = cell.without.map((g) => `without ${g}`);
  const bounds = boundsOf(undefined, cell.bufferDepth).map((b) => `at most ${b.name} in a buffer`);
  return `${cell.scenario.name}: ${[config.join(' '), ...without, ...bounds].filter(Boolean).join(', ') || 'as it is'}`;
}

/** The function of the port that found it. */
function where(trace: Trace, violation: Violation): string {
  const site = trace.sites[violation.site]!;
  const p = primitiveAt(site);
  const calls = p > 0 ? site.calls.slice(0, p) : site.calls;
  return violation.site === 0 || calls.length === 0 ? 'a check at the end' : `${calls.at(-1)}()`;
}

/** What an unlucky kernel would do next. Linux v6.6: mm/pgtable-generic.c, mm/vmscan.c, include/linux/mm.h. */
function consequence(violation: Violation): string | null {
  if (violation.kind !== 'torn-pair') return null;
  if (violation.summary.includes('pmd_clear_bad()')) {
    return 'What goes wrong next: pmd_clear_bad() stores 0 to the slot with no lock held. The table that is hooked there by then is lost, and every page that it maps with it: "non-zero pgtables_bytes" at exit.';
  }
  const frame = /frame (0x[0-9a-f]+) \(([^)]*)\)/.exec(violation.summary);
  if (frame === null) return null;
  return `What goes wrong next: the page-table lock is taken in the struct page of frame ${frame[1]} (${frame[2]}), in the word that is page->private there: the order of a free page, a swap entry, a pointer to buffer heads. Who looks at the pmd again under that lock finds out and lets go; who does not edits the frame as if it held ptes.`;
}

/** @param indent of every line; what is carried over stands two further in */
function wrap(text: string, indent = 0): string {
  const lines: string[] = [' '.repeat(indent)];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    const empty = line.trim() === '';
    if (!empty && line.length + 1 + word.length > 75) lines.push(`${' '.repeat(indent === 0 ? 0 : indent + 2)}${word}`);
    else lines[lines.length - 1] = empty ? line + word : `${line} ${word}`;
  }
  return lines.join('\n');
}
