// SPDX-License-Identifier: GPL-2.0-only
/** Runs a machine through the optimal exploration and collects what a test compares. */
import { Machine, type MachineConfig, type Outcome } from '../../cpu/machine.ts';
import { allocObject, createPhysMem, type PhysMem } from '../../mmu/phys-mem.ts';
import type { Ptr } from '../../mmu/types.ts';
import type { Execution } from '../../src/engines/explore/execution.ts';
import { type ExploreStats, Optimal } from '../../src/engines/explore/optimal.ts';
import { drive } from '../../src/engines/strategy.ts';

export interface Explored {
  stats: ExploreStats;
  /** Different final states, sorted. */
  states: string[];
  /** Kinds of the violations found, sorted, each once. */
  violations: string[];
  summaries: string[];
  witnesses: string[];
}

/**
 * @param state text of the final state
 * @param each told of every class
 * @param most give up after so many classes
 */
export function explore(
  m: Machine,
  state: (m: Machine, outcome: Outcome) => string = () => '',
  each: (m: Machine, x: Execution) => void = () => {},
  most = Infinity,
): Explored {
  const states = new Set<string>();
  const violations = new Set<string>();
  const summaries = new Set<string>();
  const witnesses = new Set<string>();
  const search = new Optimal((machine, { outcome, execution }) => {
    states.add(state(machine, outcome));
    for (const w of outcome.witnesses) witnesses.add(w);
    if (outcome.violation !== null) {
      violations.add(outcome.violation.kind);
      summaries.add(outcome.violation.summary);
    }
    each(machine, execution);
  });
  const { stats } = search;
  drive(m, search, () => stats.executions + stats.blocked + stats.unrealisable < most);
  const sorted = (set: Set<string>): string[] => [...set].sort();
  return { stats, states: sorted(states), violations: sorted(violations), summaries: sorted(summaries), witnesses: sorted(witnesses) };
}

export interface Small {
  m: Machine;
  mem: PhysMem;
  /** Kernel words that nothing else uses. */
  at: Ptr[];
}

/** A machine with a few words to play with. */
export function small(config: Partial<Omit<MachineConfig, 'mem'>> & { words?: number; frames?: number } = {}): Small {
  const mem = createPhysMem(512, config.frames ?? 1);
  const m = new Machine({
    cpus: config.cpus ?? 2,
    callbacks: config.callbacks ?? 0,
    interrupts: config.interrupts ?? false,
    nmi: config.nmi ?? false,
    mem,
  });
  const first = allocObject(mem, config.words ?? 8);
  const at = Array.from({ length: config.words ?? 8 }, (_, i) => (first + i) as Ptr);
  m.nameOf = (p) => (p >= first && p < first + at.length ? `word ${p - first}` : `word ${p} of the machine`);
  m.boot(() => [][Symbol.iterator]() as never);
  return { m, mem, at };
}
