// SPDX-License-Identifier: GPL-2.0-only
/**
 * An enhanced litmus test as litmus programs. A page that no event remaps has its frame from the accesses that use it. For a remapped one the shape
 * says neither the frame before nor the one after: each choice of two frames is a program of its own. A remap is a store to the entry, INVLPG,
 * and an interrupt to every other CPU; that one goes on behind its INVLPG when its handler has run it.
 */
import type { LitmusOp, LitmusProgram } from '../../litmus/program.ts';
import { entryValue } from '../../litmus/values.ts';
import type { EltEvent, EltRecord } from './elt-record.ts';

export interface EltProgram {
  program: LitmusProgram;
  /** The frame of each physical page. */
  frames: ReadonlyMap<string, number>;
  /** Of the remapped page, if there is one: its frame before. */
  before: number | null;
  /** The value of each store, and the one that each frame holds at first. */
  values: ReadonlyMap<string, number>;
  initial: (frame: number) => number;
  /** Entries in which accesses must have set A, and D. */
  walked: ReadonlySet<string>;
  dirtied: ReadonlySet<string>;
}

export const frameOf = (id: string): string => `${id}.frame`;
const initial = (frame: number): number => 100 + frame;

/** No programs if the shape uses one page that is not remapped for several frames. */
export function eltPrograms({ name, threads }: EltRecord): EltProgram[] {
  const events = threads.flat();
  const pages = new Pages(events);
  const frames = new Map([...new Set(events.flatMap((e) => e.pa ?? []))].map((pa, k) => [pa, k]));
  const spare = frames.size;
  const mappings = mappingsOf(events, pages, frames, spare);
  const entries = (which: (e: EltEvent) => boolean): Set<string> => new Set(events.filter(which).map((e) => `pte_${pages.of(e)}`));
  const stores = events.filter((e) => e.op === 'store');
  const found = {
    frames,
    values: new Map(stores.map((e, i) => [e.id, i + 1])),
    initial,
    walked: entries((e) => e.walks),
    dirtied: entries((e) => e.dirties),
  };
  // What nobody has to set is set from the start.
  const entry = (page: string, frame: number): number =>
    entryValue(frame, `PW${found.walked.has(`pte_${page}`) ? '' : 'A'}${found.dirtied.has(`pte_${page}`) ? '' : 'D'}`);
  return mappings.map(({ mapped, before, after }) => {
    const init: Record<string, number> = {};
    for (const [page, frame] of mapped) init[`pte_${page}`] = entry(page, frame);
    for (let frame = 0; frame <= spare; frame++) init[`f${frame}`] = initial(frame);
    const code = codeOf(threads, pages, found.values, (page) => entry(page, after!));
    const vars = [...code.threads.flatMap(registersOf), ...[...mapped.keys()].map((page) => `pte_${page}`)];
    return { ...found, before, program: { name, init, rinit: {}, ...code, vars } };
  });
}

interface Mapping {
  /** The frame of each page at first. */
  mapped: ReadonlyMap<string, number>;
  /** Of the remapped page, if there is one. */
  before: number | null;
  after: number | null;
}

function mappingsOf(events: readonly EltEvent[], pages: Pages, frames: ReadonlyMap<string, number>, spare: number): Mapping[] {
  const remap = events.find((e) => e.op === 'pte_write');
  const moved = remap === undefined ? null : pages.of(remap);
  const mapped = new Map<string, number>();
  // The remapped page has the frames that it is used for, and one more: where it was, or goes, if no access says so.
  const used = new Set<number>();
  for (const e of events) {
    if (e.pa === null) continue;
    const page = pages.of(e);
    const frame = frames.get(e.pa)!;
    if (page === moved) used.add(frame);
    else if ((mapped.get(page) ?? frame) !== frame) return [];
    else mapped.set(page, frame);
  }
  if (moved === null) return [{ mapped, before: null, after: null }];
  const all = [...used, spare];
  return all.flatMap((before) =>
    all.filter((after) => after !== before).map((after) => ({ mapped: new Map(mapped).set(moved, before), before, after })),
  );
}

const registersOf = (ops: readonly LitmusOp[], thread: number): string[] =>
  ops
    .flatMap((op) => [...(op.op === 'load' ? [op.reg!] : []), ...(op.reached === undefined ? [] : [op.reached])])
    .map((r) => `${thread}:${r}`);

function codeOf(
  threads: readonly EltEvent[][],
  pages: Pages,
  values: ReadonlyMap<string, number>,
  entry: (page: string) => number,
): Pick<LitmusProgram, 'threads' | 'handlers'> {
  const targets = threads.flatMap((events, t) => (events.some((e) => e.via === 'ipi') ? [t] : []));
  const ipis = targets.map((to): LitmusOp => ({ op: 'ipi', to }));
  const programs = threads.map((events, t) =>
    events.flatMap((e): LitmusOp[] => {
      const va = pages.of(e);
      if (e.op === 'mfence') return [{ op: 'mfence' }];
      if (e.op === 'pte_write') return [{ op: 'store', loc: `pte_${va}`, imm: entry(va) }];
      if (e.op === 'invlpg' && e.via === 'ipi') return [{ op: 'until', loc: `handled${t}`, imm: 1 }];
      if (e.op === 'invlpg') return [{ op: 'invlpg', va }, ...(e.via === 'local' ? ipis : [])];
      const access = e.op === 'load' ? { reg: e.id } : { imm: values.get(e.id)! };
      return [{ op: e.op, va, ...access, reached: frameOf(e.id) }];
    }),
  );
  if (targets.length === 0) return { threads: programs };
  const handlers = threads.map((events, t) =>
    events
      .filter((e) => e.via === 'ipi')
      .flatMap((e): LitmusOp[] => [
        { op: 'invlpg', va: pages.of(e) },
        { op: 'store', loc: `handled${t}`, imm: 1 },
      ]),
  );
  return { threads: programs, handlers };
}

/** The letters of the virtual pages: events belong to one page if they name the same entry or the same virtual page, or else the same physical one. */
class Pages {
  private readonly letters = new Map<string, string>();
  private readonly entryOf = new Map<string, string>();

  constructor(events: readonly EltEvent[]) {
    for (const e of events) if (e.va !== null && e.pte !== null) this.entryOf.set(e.va, e.pte);
    // The virtual page of a remapped entry is that of the INVLPG that follows.
    for (const [i, e] of events.entries()) {
      const next = events[i + 1];
      if (e.op === 'pte_write' && next?.op === 'invlpg') this.entryOf.set(next.va!, e.pte!);
    }
    for (const e of events) if (e.op !== 'mfence') this.of(e);
  }

  of({ pa, va, pte }: EltEvent): string {
    const name = pte ?? (va === null ? `a page for ${pa}` : (this.entryOf.get(va) ?? va));
    if (!this.letters.has(name)) this.letters.set(name, String.fromCharCode('a'.charCodeAt(0) + this.letters.size));
    return this.letters.get(name)!;
  }
}
