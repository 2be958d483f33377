// SPDX-License-Identifier: GPL-2.0-only
/**
 * A recorded trace as a workload: where CPUs flushed, and when they went idle and came back. Text as ftrace prints it, of the events tlb_flush and
 * sched_switch; other lines are passed over.
 *
 * Reference: Linux v6.6 include/trace/events/tlb.h, include/trace/events/sched.h.
 */
import { NR_CPUS } from '../kernel/include/linux/cpumask.ts';
import { UsageError } from '../usage-error.ts';

export interface RecordedEvent {
  /** ns since the first event. */
  at: number;
  cpu: number;
  what: 'flush' | 'idle' | 'run';
  /** Of a flush; 0: all of them. */
  pages: number;
}

export interface Recording {
  file: string;
  cpus: number;
  events: readonly RecordedEvent[];
}

const LINE = /\[(\d+)\]\s+(?:\S+\s+)?(\d+\.\d+):\s+(tlb_flush|sched_switch):\s*(.*)$/;

/** @throws UsageError naming file and line */
export function parseRecording(text: string, file: string): Recording {
  const events: RecordedEvent[] = [];
  let first: number | null = null;
  let last = 0;
  text.split('\n').forEach((line, i) => {
    const m = LINE.exec(line);
    if (m === null) return;
    const place = `${file}:${i + 1}`;
    const cpu = Number(m[1]);
    if (cpu >= NR_CPUS) throw new UsageError(`${place}: CPU ${cpu}, of ${NR_CPUS} at most`);
    const seconds = Number(m[2]);
    first ??= seconds;
    const at = Math.round((seconds - first) * 1e9);
    if (at < last) throw new UsageError(`${place}: time goes back`);
    last = at;
    const event = eventOf(m[3]!, m[4]!, place);
    if (event !== null) events.push({ at, cpu, ...event });
  });
  if (!events.some((e) => e.what === 'flush'))
    throw new UsageError(`${file}: no event 'tlb_flush: pages:N reason:remote ipi send (4)', so nothing to do`);
  return { file, cpus: Math.max(...events.map((e) => e.cpu)) + 1, events };
}

function eventOf(name: string, fields: string, place: string): Pick<RecordedEvent, 'what' | 'pages'> | null {
  if (name === 'sched_switch') {
    const next = /next_comm=(\S+)/.exec(fields);
    if (next === null) throw new UsageError(`${place}: sched_switch without next_comm`);
    return { what: next[1]!.startsWith('swapper') ? 'idle' : 'run', pages: 0 };
  }
  const m = /pages:\s*(-?\d+)\s+reason:.*\((\d)\)/.exec(fields);
  if (m === null) throw new UsageError(`${place}: tlb_flush without pages and reason`);
  // Of a flush that others take part in, the sender's event stands for all.
  if (m[2] !== '4') return null;
  const pages = Number(m[1]);
  return { what: 'flush', pages: pages < 0 || pages > 33 ? 0 : pages };
}
