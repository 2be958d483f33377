// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a thread does from its start to its end: boots the machine in its turn, runs the program of its vCPU, and says what came of it.
 */
import { IDLE, NOTHING, Stuck } from '../../../cpu/parallel/wait.ts';
import { Stopped } from '../../engines/direct.ts';
import { coreTime } from '../../host/run-queue.ts';
import { vmstat_show } from '../../kernel/include/linux/vmstat.ts';
import { heldBy } from '../../kernel/kernel/locking/lockdep/lockdep.ts';
import { bootInTurn, type ThreadData } from './boot.ts';
import { digestOf, prepareSeparate, runSeparate, type Separate } from './separate.ts';
import { prepareStress, runStress } from './stress.ts';
import type { Stress } from './stress-counts.ts';
import { Thread } from './thread.ts';
import { prepareVictim, runVictim, type Victim, type VictimFigures } from './victim.ts';

export interface ThreadTask extends ThreadData {
  program: Separate | Stress | Victim;
}

export interface ThreadEnd {
  cpu: number;
  /** What the kernel was found guilty of. */
  stopped: string | null;
  /** What it waited for when the run was given up, and which locks it held. */
  stuck: string | null;
  /** What was wrong with memory. */
  findings: string[];
  /** What its process holds in the end; and all counters of /proc/vmstat, which the first thread tells. Of separate processes. */
  digest?: number;
  vmstat?: Record<string, number>;
  /** Of a victim and who collapses. */
  victim?: VictimFigures;
  /** How attempts to collapse have ended, by the kernel's names. */
  results: Record<string, number>;
  /** Of the program alone, in milliseconds; how much of that it ran, and how much it wanted to run and had no core. */
  ms: number;
  ran: number;
  waited: number;
}

export function runThread(task: ThreadTask): ThreadEnd {
  const { cpu, program } = task;
  const end: ThreadEnd = { cpu, stopped: null, stuck: null, findings: [], results: {}, ms: 0, ran: 0, waited: 0 };
  try {
    if (program.program === 'separate') {
      const { world, prepared } = bootInTurn(task, (w) => prepareSeparate(w, program));
      const t = new Thread(world);
      const p = prepared[cpu]!;
      t.meet(0);
      runSeparate(t, p, program, program.warmUp, end.findings);
      t.meet(3);
      timed(end, () => void (end.results['succeeded'] = runSeparate(t, p, program, program.rounds, end.findings)));
      end.digest = digestOf(t, world, p, program);
      t.meet(1);
      if (cpu === 0) end.vmstat = Object.fromEntries(vmstat_show(world.k));
      t.meet(2);
    } else if (program.program === 'victim') {
      const { world, prepared } = bootInTurn(task, (w) => prepareVictim(w, program));
      end.victim = runVictim(new Thread(world), prepared, program);
    } else {
      const { world, prepared } = bootInTurn(task, prepareStress);
      runStress(new Thread(world), prepared, program, end, timed);
    }
  } catch (e) {
    if (e instanceof Stopped) end.stopped = e.message;
    else if (e instanceof Stuck) end.stuck = stuckText(e);
    else throw e;
  }
  return end;
}

function timed(end: ThreadEnd, work: () => void): void {
  const from = performance.now();
  const before = coreTime();
  work();
  end.ms = performance.now() - from;
  const { ran, waited } = coreTime();
  end.ran = ran - before.ran;
  end.waited = waited - before.waited;
}

function stuckText({ c, at }: Stuck): string {
  const held = heldBy(c).map(({ lock }) => c.m.nameOf(lock));
  const waits =
    at === IDLE
      ? 'idle'
      : at === NOTHING
        ? 'goes on for ever'
        : `waits for ${c.m.nameOf(at)} (0x${(c.m.mem.words[at]! >>> 0).toString(16)})`;
  return held.length === 0 ? waits : `${waits}, holds ${held.join(', ')}`;
}
