// SPDX-License-Identifier: GPL-2.0-only
/** One round: so many threads, each with a process of its own that has ranges of anonymous memory collapsed. */
import { Crew } from '../../src/workload/threads/crew.ts';
import { THREAD_DEFAULTS, threadTasks } from '../../src/workload/threads/tasks.ts';

export interface Round {
  /** Collapses of all threads together by the clock; and if each thread had had a core whenever it wanted one, and had never slept. */
  perSecond: number;
  perCoreSecond: number;
  /** Share of the time in which a thread could have run and had no core. */
  starved: number;
}

/** 16 MiB of each process, whole; a few seconds each. */
const PROGRAM = { program: 'separate', ranges: 8, present: 512, warmUp: 60, rounds: 60 } as const;

export async function measure(cpus: number): Promise<Round> {
  const crew = new Crew(new URL('./vcpu.mjs', import.meta.url), threadTasks({ ...THREAD_DEFAULTS, cpus }, PROGRAM), 60_000);
  const { ends, died, hung } = await crew.end();
  const trouble = [...died, ...hung].map(({ what }) => what).concat(ends.flatMap(({ findings }) => findings));
  if (trouble.length > 0) throw new Error(trouble.join('\n'));
  const collapses = cpus * PROGRAM.ranges * PROGRAM.rounds;
  const longest = (of: (end: (typeof ends)[number]) => number): number => Math.max(...ends.map(of));
  const ms = longest((end) => end.ms);
  return {
    perSecond: (1000 * collapses) / ms,
    perCoreSecond: (1000 * collapses) / longest((end) => end.ran),
    starved: longest((end) => end.waited) / ms,
  };
}
