// SPDX-License-Identifier: GPL-2.0-only
/**
 * Traces that ui.perfetto.dev and chrome://tracing open: a track for each vCPU, and an arrow for each interrupt from who sends it to the handler that takes
 * it, to its answer, to the end of the wait for that.
 * Reference: "Trace Event Format" (Chromium project): phases M, B, E, i, C and s, t, f; times are in microseconds.
 */
import type { Arguments, TimedRow } from './timed-row.ts';

export interface TraceEvent {
  ph: 'M' | 'B' | 'E' | 'i' | 'C' | 's' | 't' | 'f';
  name?: string;
  cat?: string;
  pid: number;
  tid: number;
  /** us */
  ts?: number;
  /** Of an arrow. */
  id?: number;
  /** An arrow ends in the slice around it. */
  bp?: 'e';
  /** Of an instant: on its track alone. */
  s?: 't';
  args?: Arguments;
}

/** An interrupt on its way. */
interface Flow {
  id: number;
  from: number;
  to: number;
  state: 'sent' | 'taken' | 'answered';
}

const ARROW = { name: 'IPI', cat: 'ipi' } as const;
/** A send is an instant; an arrow needs a slice to begin in. */
const SEND_NS = 1;

/** One process: a machine, and what ran on it. */
export class Timeline {
  private readonly pid: number;
  private readonly emit: (e: TraceEvent) => void;
  private flows: Flow[] = [];
  private sent = 0;
  private last = 0;
  /** How many slices are open on each track. */
  private readonly open = new Map<number, number>();

  /** @param tracks their names, by number */
  constructor(pid: number, name: string, tracks: readonly string[], emit: (e: TraceEvent) => void) {
    this.pid = pid;
    this.emit = emit;
    emit({ ph: 'M', name: 'process_name', pid, tid: 0, args: { name } });
    for (const [tid, track] of tracks.entries()) {
      emit({ ph: 'M', name: 'thread_name', pid, tid, args: { name: track } });
      emit({ ph: 'M', name: 'thread_sort_index', pid, tid, args: { sort_index: tid } });
    }
  }

  push(row: TimedRow): void {
    this.last = Math.max(this.last, row.time);
    switch (row.kind) {
      case 'begin':
        this.begin(row, row.name, 'code', row.args);
        break;
      case 'instant':
        this.put(row, { ph: 'i', name: row.name, cat: 'event', s: 't', ...(row.args !== undefined && { args: row.args }) });
        break;
      case 'counter':
        this.put(row, { ph: 'C', name: row.name, args: { value: row.value } });
        break;
      case 'send':
        this.send(row, row.to, row.name);
        break;
      case 'enter':
        this.begin(row, row.name, 'interrupt');
        this.follow(row, (f) => f.to === row.cpu && f.state === 'sent', 'taken');
        break;
      case 'ack':
        this.follow(row, (f) => f.to === row.cpu && f.from === row.to && f.state === 'taken', 'answered');
        break;
      case 'wait':
        this.begin(row, row.name, 'wait');
        break;
      case 'waited':
        this.finish(row, row.from);
        this.end(row);
        break;
      default:
        this.end(row);
    }
  }

  /** Closes what is still open. */
  close(): void {
    for (const [cpu, n] of this.open) for (let i = 0; i < n; i++) this.put({ cpu, time: this.last }, { ph: 'E' });
    this.open.clear();
  }

  private put(row: Pick<TimedRow, 'cpu' | 'time'>, e: Omit<TraceEvent, 'pid' | 'tid' | 'ts'>): void {
    this.emit({ ...e, pid: this.pid, tid: row.cpu, ts: row.time / 1000 });
  }

  private begin(row: TimedRow, name: string, cat: string, args?: Arguments): void {
    this.open.set(row.cpu, (this.open.get(row.cpu) ?? 0) + 1);
    this.put(row, { ph: 'B', name, cat, ...(args !== undefined && { args }) });
  }

  private end(row: TimedRow): void {
    this.open.set(row.cpu, (this.open.get(row.cpu) ?? 0) - 1);
    this.put(row, { ph: 'E' });
  }

  private send(row: TimedRow, to: number, name: string): void {
    const id = this.pid * 2 ** 32 + this.sent++;
    // An answer before this has been seen by now, if nobody waited for it.
    this.flows = this.flows.filter((f) => f.from !== row.cpu || f.to !== to || f.state !== 'answered');
    this.flows.push({ id, from: row.cpu, to, state: 'sent' });
    this.put(row, { ph: 'B', name: `${name} -> CPU${to}`, cat: 'ipi' });
    this.put(row, { ph: 's', id, ...ARROW });
    this.put({ ...row, time: row.time + SEND_NS }, { ph: 'E' });
  }

  private follow(row: TimedRow, which: (f: Flow) => boolean, state: Flow['state']): void {
    for (const f of this.flows) {
      if (!which(f)) continue;
      f.state = state;
      this.put(row, { ph: 't', id: f.id, bp: 'e', ...ARROW });
    }
  }

  private finish(row: TimedRow, from: number | undefined): void {
    const over = (f: Flow): boolean => f.from === row.cpu && f.to === from && f.state === 'answered';
    for (const f of this.flows.filter(over)) this.put(row, { ph: 'f', id: f.id, bp: 'e', ...ARROW });
    this.flows = this.flows.filter((f) => !over(f));
  }
}

/** Events as one JSON document, piece by piece. */
export class TraceWriter {
  private readonly write: (text: string) => void;
  private n = 0;

  constructor(write: (text: string) => void) {
    this.write = write;
    write('{"displayTimeUnit":"ns","traceEvents":[');
  }

  readonly emit = (e: TraceEvent): void => this.write(`${this.n++ === 0 ? '' : ','}\n${JSON.stringify(e)}`);

  end(): void {
    this.write('\n]}\n');
  }
}
