// SPDX-License-Identifier: GPL-2.0-only
/**
 * Both sides of a race: where each context last touched each word, kept only while an execution is traced.
 * Reference: docs/design-notes.md, "Trace"; Linux v6.6 kernel/kcsan/report.c for what a reader wants to know.
 */
import type { Ptr } from '../mmu/types.ts';
import { read } from './memory.ts';
import type { Vcpu } from './vcpu.ts';

/** One access of a race. */
export interface Side {
  ctx: number;
  writes: boolean;
  plain: boolean;
  /** Number of the call chain; 0 where it is not known. */
  site: number;
  /** The transition that it belongs to, or follows. */
  seq: number;
}

export interface Race {
  /** First word, and how many. */
  at: Ptr;
  n: number;
  name: string;
  /** The access that came first, and the one that found it. */
  first: Side;
  second: Side;
  /** What the one that writes (the later one, if both do) found and left. */
  before: number;
  after: number;
}

interface Touch extends Side {
  /** Number among all touches of the execution. */
  order: number;
  /** What the context saw there just before. */
  saw: number;
}

export class Touches {
  private n = 0;
  /** By word: the last read and the last write of each context, plain and marked apart. */
  private readonly at = new Map<Ptr, Map<string, Touch>>();

  note(c: Vcpu, p: Ptr, writes: boolean, plain: boolean, site: number): void {
    let here = this.at.get(p);
    if (here === undefined) this.at.set(p, (here = new Map()));
    here.set(`${c.ctx} ${writes} ${plain}`, { ctx: c.ctx, writes, plain, site, seq: c.m.seq, order: this.n++, saw: read(c, p) });
  }

  /** The race of `second`, which is about to touch the word and would leave `value`, with what `o` did there last. */
  race(c: Vcpu, o: Vcpu, p: Ptr, second: Side, value: number): Race {
    const first = this.last(o.ctx, p, 1, second);
    const later = second.writes;
    const before = later ? read(o, p) : (first?.saw ?? 0);
    const after = later ? value : read(o, p);
    // A frame that was filled before anybody else could see it is no single access.
    const unknown: Side = { ctx: o.ctx, writes: true, plain: true, site: 0, seq: 0 };
    return { at: p, n: 1, name: c.m.nameOf(p), first: first ?? unknown, second, before, after };
  }

  /** The newest touch of [p, p + n) by the context that conflicts with the other side. */
  last(ctx: number, p: Ptr, n: number, second: Side): Touch | null {
    let best: Touch | null = null;
    for (let w = p as number; w < p + n; w++) {
      for (const t of this.at.get(w as Ptr)?.values() ?? []) {
        const conflicts = t.ctx === ctx && (t.writes || second.writes) && (t.plain || second.plain);
        if (conflicts && (best === null || t.order > best.order)) best = t;
      }
    }
    return best;
  }
}
