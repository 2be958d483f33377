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
import { type Race, Touches } from './race-trace.ts';
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
  /** What the transition read (lo, hi) and left (newLo, newHi); of a walk the linear address and the access (mmu/access). */
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
  /** A drain, behind a later transition of the context that made the store. */
  late: boolean;
}

/** A call chain, outermost function first, with the file of each; `file` and `line` are where the innermost one was. */
export interface Site {
  calls: string[];
  files: string[];
  file: string;
  line: number;
}

/** Of a longer report: a line, perhaps with the place that it is about, or a whole call chain. */
export type Part = string | { text: string; site: number } | { chain: number };

export class Trace {
  readonly rows: Row[] = [];
  readonly sites: Site[] = [{ calls: [], files: [], file: '', line: 0 }];
  /** What the first finding, if it is about locks, says beyond its summary. */
  readonly account: Part[] = [];
  /** If the first finding is a race: its two sides. */
  race: Race | null = null;
  private readonly known = new Map<string, number>();
  private readonly touches = new Touches();
  /** Site of the last operation of each task, by context. */
  private readonly last = new Map<string, number>();

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

  /** The call chain of what the context is doing: while its pending operation is performed its code is not on the stack. */
  siteOf(c: Vcpu): number {
    const n = this.site();
    return this.sites[n]!.calls.length > 0 ? n : c.site;
  }

  /** A transition is about to run: what memory holds there, and who asked for it. */
  before(m: Machine, actor: number, choice: number): void {
    const T = m.contexts.length;
    const f = new Footprint();
    m.footprint(actor, f);
    const c = m.contexts[f.ctx]!;
    const { words } = m.mem;
    const b = c.buffer;
    if (actor < T) this.last.set(`${f.ctx} ${c.task}`, c.site);
    this.rows.push({
      seq: m.seq,
      actor,
      kind: f.kind,
      at: f.at,
      n: f.n,
      lo: f.kind === WALK ? f.a0 : f.old0,
      hi: f.kind === WALK ? f.a1 : f.n >= 2 ? words[f.at + 1]! : 0,
      newLo: f.v0,
      newHi: f.v1,
      fn: f.fn,
      site: actor < T ? c.site : b.site[b.marked[b.drained]!]!,
      choice,
      name: nameOf(m, c, f, choice),
      entry: entryOf(m, f.at) !== 0,
      cpu: c.id,
      callback: c.role >= CALLBACK,
      late: actor >= T && c.place > f.issuedAt,
    });
  }

  /** Where a task that sleeps was when it last did something; 0 if it never did. */
  lastSite(ctx: number, task: number): number {
    return this.last.get(`${ctx} ${task}`) ?? 0;
  }

  touched(c: Vcpu, p: Ptr, writes: boolean, plain: boolean): void {
    this.touches.note(c, p, writes, plain, this.siteOf(c));
  }

  /** `c` is about to touch the word, and would leave `value` there; `o` has touched it before, and nothing orders the two. */
  raced(c: Vcpu, o: Vcpu, p: Ptr, writes: boolean, plain: boolean, value: number): void {
    if (c.m.violation !== null) return;
    this.race = this.touches.race(c, o, p, { ctx: c.ctx, writes, plain, site: this.siteOf(c), seq: c.m.seq }, value);
  }

  /** The same for the frame that `c` gives back. */
  racedFrame(c: Vcpu, o: Vcpu): void {
    if (c.m.violation !== null) return;
    const second = { ctx: c.ctx, writes: true, plain: true, site: c.site, seq: c.m.seq };
    const first = this.touches.last(o.ctx, c.at, c.n, second) ?? { ...second, ctx: o.ctx, site: 0, seq: 0 };
    this.race = { at: c.at, n: c.n, name: c.m.nameOf(c.at), first, second, before: 0, after: 0 };
  }
}

function nameOf(m: Machine, c: Vcpu, f: Footprint, choice: number): string {
  if (f.kind === WALK || f.kind === INVALIDATE) return translationText(f);
  if (f.kind === CHOOSE) return c.midway ? outcomeText(m.tlbs[c.id]!.outcomes, choice) : '';
  return m.nameOf(f.at);
}

/** Frames of the machine itself, below the first function that the reader knows. */
const OWN =
  /^(Trace\.|perform\w*|arm|issue|touch|plainRead|plainWrite|peek|poke|load|load64|putWalked|store|storeHalf|store64|rmw|update|cmpxchg|cmpxchg8b|xchg64|waitRmw|waitUpdate|waitLoad|choose|fillRange|markEntry|translate|invalidate|violate|note|entryUse|armEntry|armReturn|startLoad|startRmw|startCmpxchg|storeUnwalked|reportRace)\b/;

function parse(stack: string): Site {
  const site: Site = { calls: [], files: [], file: '', line: 0 };
  for (const text of stack.split('\n').slice(1)) {
    const m = /^\s+at (?:async )?(?:(.+?) \()?(.*?):(\d+):\d+\)?$/.exec(text);
    if (m === null) continue;
    const name = (m[1] ?? '').replace(/^(?:Object|Generator|Vcpu)\./, '').replace(/ \[as .*\]$/, '');
    if (name.startsWith('Machine.')) break;
    if (name === '' || OWN.test(name)) continue;
    const file = shortPath((m[2] ?? '').replace(/^file:\/\//, ''));
    if (site.file === '') {
      site.file = file;
      site.line = Number(m[3]);
    }
    site.calls.unshift(name);
    site.files.unshift(file);
  }
  return site;
}

/** From the project's root; of a file that is not the project's the name alone: where it lies is nobody's business. */
function shortPath(path: string): string {
  const short = path.replace(/^.*\/(?=(?:src|cpu|mmu|test)\/)/, '');
  return short === path ? path.replace(/^.*\//, '') : short;
}
