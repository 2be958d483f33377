// SPDX-License-Identifier: GPL-2.0-only
/**
 * What there is to do: cells that nobody has begun, and pieces of the searches that go on. New cells first, since they share nothing.
 */
import { type CellImage, CellSearch, type Piece } from '../check/cell-search.ts';
import type { PlannedCell } from './plan.ts';
import type { TaskResult } from './task.ts';

/** A cell whose search has begun. */
export interface Open {
  readonly planned: PlannedCell;
  readonly search: CellSearch;
  /** Of all threads. */
  seconds: number;
  /** Guards that executions came to, if that is asked. */
  readonly guards: Set<string>;
  /** Runners that have a piece of it, and what share of the search that is, by estimate. */
  readonly out: Map<number, number>;
  /** Executions begun by all who search it, where there is a limit. */
  readonly begun: SharedArrayBuffer | null;
}

export interface Work {
  open: Open;
  piece: Piece;
}

/** All that is known of the cells, by their numbers in the plan. */
export interface ScheduleImage {
  results: [number, TaskResult][];
  open: [number, { image: CellImage; seconds: number }][];
}

export class Schedule {
  private readonly cells: readonly PlannedCell[];
  private readonly queue: PlannedCell[];
  /** What is being searched. */
  open: Open[] = [];
  readonly results = new Map<PlannedCell, TaskResult>();
  private readonly limit: number | undefined;

  /** @param limit of the executions of a cell */
  constructor(cells: readonly PlannedCell[], limit: number | undefined, image?: ScheduleImage) {
    this.cells = cells;
    this.limit = limit;
    for (const [i, result] of image?.results ?? []) this.results.set(cells[i]!, result);
    for (const [i, { image: cell, seconds }] of image?.open ?? []) this.begin(cells[i]!, seconds, cell);
    const begun = new Set([...this.results.keys(), ...this.open.map((o) => o.planned)]);
    this.queue = cells.filter((p) => p.sameAs === undefined && !begun.has(p));
  }

  private begin(planned: PlannedCell, seconds: number, image?: CellImage): Open {
    const search = new CellSearch(planned.cell, image);
    let begun: SharedArrayBuffer | null = null;
    if (this.limit !== undefined) {
      begun = new SharedArrayBuffer(4);
      new Int32Array(begun)[0] = search.counts.executions + search.counts.blocked;
    }
    const open: Open = { planned, search, seconds, guards: new Set(), out: new Map(), begun };
    this.open.push(open);
    return open;
  }

  /** A cell that nobody has begun, to be searched as a whole. */
  nextCell(): PlannedCell | null {
    return this.queue.shift() ?? null;
  }

  /** @param sharers how many work */
  nextPiece(runner: number, sharers: number): Work | null {
    const planned = this.queue.shift();
    for (const open of planned !== undefined ? [this.begin(planned, 0)] : this.open) {
      const piece = open.search.take(sharers);
      if (piece === null) continue;
      open.out.set(runner, open.search.weightOf(piece));
      return { open, piece };
    }
    return null;
  }

  /** Makes pieces for so many who have nothing to do. */
  splitFor(idle: number): void {
    for (let i = 0; i < idle; i++) if (!this.open.some(({ search }) => search.split())) return;
  }

  /** Somebody may not begin another execution: others may still find that theirs does not count. */
  keepToLimit({ search, out, begun }: Open): void {
    const executions = search.counts.executions + search.counts.blocked;
    if (executions >= this.limit!) search.cut ??= `cut after ${executions} executions`;
    else if (out.size === 0) new Int32Array(begun!)[0] = executions;
  }

  /** Has the search of the cell ended, and has every piece come back? It is forgotten then. */
  hasEnded(open: Open): boolean {
    if (!open.search.over || open.out.size > 0) return false;
    this.open = this.open.filter((o) => o !== open);
    return true;
  }

  /** Those that were stopped. */
  takeRest(): Open[] {
    return this.open.splice(0);
  }

  /** Executions of cells that have ended, or were begun. */
  get executions(): number {
    let n = 0;
    for (const r of this.results.values()) n += r.executions + r.blocked;
    for (const { search } of this.open) n += search.counts.executions + search.counts.blocked;
    return n;
  }

  /** Only while no piece is given out. */
  get image(): ScheduleImage {
    const number = new Map(this.cells.map((p, i) => [p, i]));
    return {
      results: [...this.results].map(([p, r]) => [number.get(p)!, r]),
      open: this.open.map(({ planned, search, seconds }) => [number.get(planned)!, { image: search.image, seconds }]),
    };
  }
}
