// SPDX-License-Identifier: GPL-2.0-only
/**
 * The record of one execution, written only on replay: a row for each transition, and for each row the call chain that issued it. Every report reads this and nothing else.
 * Reference: docs/design-notes.md, "Trace".
 */
import type { Ptr } from '../mmu/types.ts';
import { Footprint } from './footprint.ts';
import { CHOOSE, INVALIDATE, WALK } from './kinds.ts';
import type { Machine } from './machine.ts';
import { entryOf } from './memory.ts';
import { outcomeText, translationText } from './translation-text.ts';
import { CALLBACK, type Vcpu } from './vcpu.ts';

/** Columns of a row. */
export interface Row {
  seq: number;
  /** Number of the actor; see footprint.ts. */
  actor: number;
  kind: number;
  at: Ptr;
  n: number;
  /** What the transition read (lo, hi) and left (newLo, newHi). */
  lo: number;
  hi: number;
  newLo: number;
  newHi: number;
  fn: number;
  site: number;
  choice: number;
  /** What people called the first word then; of a walk and an invalidation, and of the choice of what becomes of an access, its text. */
  name: string;
  /** The words are half of, or a whole, page-table entry. */
  entry: boolean;
  /** vCPU; for a callback the one that deferred it. */
  cpu: number;
  callback: boolean;
}

/** A call chain, outermost function first; `file` and `line` are where the innermost one was. */
export interface Site {
  calls: string[];
  file: string;
  line: number;
}

export class Trace {
  readonly rows: Row[] = [];
  readonly sites: Site[] = [{ calls: [], file: '', line: 0 }];
  private readonly known = new Map<string, number>();
  /** Last touch of each word by each context, for the other side of a race. */
  private readonly touches = new Map<string, number>();

  /** Number of the call chain that is running now. */
  site(): number {
    const before = Error.stackTraceLimit;
    Error.stackTraceLimit = 64;
    const stack = new Error().stack ?? '';
    Error.stackTraceLimit = before;
    let n = this.known.get(stack);
    if (n === undefined) {
      n = this.sites.length;
      this.known.set(stack, n);
      this.sites.push(parse(stack));
    }
    return n;
  }

  /** A transition is about to run: what memory holds there, and who asked for it. */
  before(m: Machine, actor: number, choice: number): void {
    const T = m.contexts.length;
    const f = new Footprint();
    m.footprint(actor, f);
    const c = m.contexts[f.ctx]!;
    const { words } = m.mem;
    const b = c.buffer;
    this.rows.push({
      seq: m.seq,
      actor,
      kind: f.kind,
      at: f.at,
      n: f.n,
      lo: f.old0,
      hi: f.n >= 2 ? words[f.at + 1]! : 0,
      newLo: f.v0,
      newHi: f.v1,
      fn: f.fn,
      site: actor < T ? c.site : b.site[b.marked[b.drained]!]!,
      choice,
      name: nameOf(m, c, f, choice),
      entry: entryOf(m, f.at) !== 0,
      cpu: c.id,
      callback: c.role >= CALLBACK,
    });
  }

  touched(c: Vcpu, p: Ptr, writes: boolean): void {
    this.touches.set(`${c.ctx} ${p} ${writes}`, this.site());
  }

  touchOf(ctx: number, p: Ptr, writes: boolean): Site | undefined {
    const n = this.touches.get(`${ctx} ${p} ${writes}`);
    return n === undefined ? undefined : this.sites[n];
  }
}

function nameOf(m: Machine, c: Vcpu, f: Footprint, choice: number): string {
  if (f.kind === WALK || f.kind === INVALIDATE) return translationText(f);
  if (f.kind === CHOOSE) return c.midway ? outcomeText(m.tlbs[c.id]!.outcomes, choice) : '';
  return m.nameOf(f.at);
}

/** Frames of the machine itself, below the first function that the reader knows. */
const OWN =
  /^(Trace\.|arm|issue|touch|plainRead|plainWrite|peek|poke|load|load64|put|store|storeHalf|store64|rmw|update|cmpxchg|cmpxchg8b|xchg64|waitRmw|waitUpdate|waitLoad|choose|fillRange|markEntry|translate|invalidate|violate|note|entryUse|armEntry|armReturn)\b/;

function parse(stack: string): Site {
  const calls: string[] = [];
  let file = '';
  let line = 0;
  for (const text of stack.split('\n').slice(1)) {
    const m = /^\s+at (?:async )?(?:(.+?) \()?(.*?):(\d+):\d+\)?$/.exec(text);
    if (m === null) continue;
    const name = (m[1] ?? '').replace(/^(?:Object|Generator)\./, '').replace(/ \[as .*\]$/, '');
    if (name.startsWith('Machine.')) break;
    if (name === '' || OWN.test(name)) continue;
    if (file === '') {
      file = (m[2] ?? '').replace(/^file:\/\//, '').replace(/^.*\/(?=(?:src|cpu|mmu|test)\/)/, '');
      line = Number(m[3]);
    }
    calls.unshift(name);
  }
  return { calls, file, line };
}
