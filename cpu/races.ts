// SPDX-License-Identifier: GPL-2.0-only
/**
 * The race detector: a vector clock for each context in *synchronisation* order (not in the order that the reduction uses), and for each
 * word the clocks of its last accesses, plain and marked apart. Two accesses race if neither is ordered before the other, one of them
 * writes, and one of them is plain. A handler is a context of its own, so program order never hides a race with an interrupt.
 *
 * Reference: Linux v6.6 tools/memory-model/Documentation/explanation.txt (plain and marked accesses); Flanagan and Freund, "FastTrack"
 * (PLDI 2009), of which this is the plain vector-clock form. Edges are those that x86 gives: docs/design-notes.md, "Two orders".
 */
import { longer } from '../mmu/longer.ts';
import { type PhysMem, slotOfWord } from '../mmu/phys-mem.ts';
import type { Ptr } from '../mmu/types.ts';

/** Places in a word's block, each `contexts` clocks wide. */
const SYNC = 0;
const PLAIN_READ = 1;
const PLAIN_WRITE = 2;
const MARKED_READ = 3;
const MARKED_WRITE = 4;
/** As SYNC, without what commuting operations published: those do not order each other. */
const STRONG = 5;
const PARTS = 6;

/** In `who`: contexts other than one. */
const SEVERAL = -1;

export class RaceDetector {
  private readonly mem: PhysMem;
  private readonly contexts: number;
  /** Clock c of context t: [t * contexts + c]. */
  readonly clocks: Int32Array;
  /** Block number of each word + 1. */
  private readonly blockOf: Int32Array;
  private blocks: Int32Array;
  /** For each part of each block: 0 while it is empty, context + 1 while only that context is in it, or SEVERAL. */
  private who: Int32Array;
  private words: Int32Array;
  private used = 0;
  /** Context + 1 and clock of the last operation on each whole frame. */
  private readonly frameCtx: Int32Array;
  private readonly frameClock: Int32Array;
  /** Clock of each context at its last fence. */
  private readonly fences: Int32Array;
  /** Clocks published by each marked store of each context. */
  private readonly published: Int32Array[];

  constructor(mem: PhysMem, contexts: number) {
    this.mem = mem;
    const explored = mem.journal !== null; // a memory that never returns to an image is run on in program order: nobody asks
    this.contexts = contexts = explored ? contexts : 0;
    this.clocks = new Int32Array(contexts * contexts);
    this.fences = new Int32Array(contexts * contexts);
    this.blockOf = new Int32Array(explored ? mem.words.length : 0);
    this.blocks = new Int32Array(256 * PARTS * contexts);
    this.who = new Int32Array(256 * PARTS);
    this.words = new Int32Array(256);
    this.frameCtx = new Int32Array(explored ? mem.pfns.length : 0);
    this.frameClock = new Int32Array(explored ? mem.pfns.length : 0);
    this.published = Array.from({ length: contexts }, () => new Int32Array(64 * contexts));
  }

  reset(): void {
    const width = PARTS * this.contexts;
    for (let i = 0; i < this.used; i++) this.blockOf[this.words[i]!] = 0;
    this.blocks.fill(0, 0, this.used * width);
    this.who.fill(0, 0, this.used * PARTS);
    this.used = 0;
    this.frameCtx.fill(0, 0, this.mem.frames);
    this.clocks.fill(0);
    this.fences.fill(0);
    for (let t = 0; t < this.contexts; t++) this.clocks[t * this.contexts + t] = 1;
  }

  /** Number of the word's block. */
  private block(p: Ptr): number {
    const b = this.blockOf[p]!;
    return b === 0 ? this.newBlock(p) : b - 1;
  }

  private newBlock(p: Ptr): number {
    if (this.used === this.words.length) {
      this.blocks = longer(this.blocks);
      this.who = longer(this.who);
      this.words = longer(this.words);
    }
    this.words[this.used] = p;
    this.blockOf[p] = this.used + 1;
    return this.used++;
  }

  /** The context is in a part of a block from now on. @returns the part's place in `blocks` */
  private enter(ctx: number, block: number, part: number): number {
    const i = block * PARTS + part;
    const who = this.who[i]!;
    if (who !== ctx + 1) this.who[i] = who === 0 ? ctx + 1 : SEVERAL;
    return i * this.contexts;
  }

  private join(into: Int32Array, i: number, from: Int32Array, j: number): void {
    for (let t = 0; t < this.contexts; t++) if (from[j + t]! > into[i + t]!) into[i + t] = from[j + t]!;
  }

  /** What `ctx` does from now on is not covered by what it has published. */
  tick(ctx: number): void {
    this.clocks[ctx * this.contexts + ctx]!++;
  }

  /** A marked store is issued: what its drain will publish is the clock of now. */
  publish(ctx: number, store: number): void {
    const { contexts } = this;
    let list = this.published[ctx]!;
    if ((store + 1) * contexts > list.length) list = this.published[ctx] = longer(list);
    for (let t = 0; t < contexts; t++) list[store * contexts + t] = this.clocks[ctx * contexts + t]!;
    this.tick(ctx);
  }

  /** The store reaches memory at `p`. */
  drained(ctx: number, store: number, p: Ptr): void {
    const b = this.block(p);
    this.join(this.blocks, this.enter(ctx, b, SYNC), this.published[ctx]!, store * this.contexts);
    this.join(this.blocks, this.enter(ctx, b, STRONG), this.published[ctx]!, store * this.contexts);
  }

  /** A marked load or locked operation sees what was published at `p`; a commuting one not what others of its kind published. */
  acquire(ctx: number, p: Ptr, commuting: boolean): void {
    const i = this.block(p) * PARTS + (commuting ? STRONG : SYNC);
    const who = this.who[i]!;
    if (who !== 0 && who !== ctx + 1) this.join(this.clocks, ctx * this.contexts, this.blocks, i * this.contexts);
  }

  /** Whatever `ctx` does from now on comes when its earlier stores are in memory. */
  fence(ctx: number): void {
    const own = ctx * this.contexts;
    for (let t = 0; t < this.contexts; t++) this.fences[own + t] = this.clocks[own + t]!;
    this.tick(ctx);
  }

  /**
   * An operation that writes memory at once publishes at `p`; not `all`: it overtakes what was stored since the last fence, and publishes
   * only what came before that.
   */
  release(ctx: number, p: Ptr, all: boolean, commuting: boolean): void {
    const b = this.block(p);
    const clocks = all ? this.clocks : this.fences;
    this.join(this.blocks, this.enter(ctx, b, SYNC), clocks, ctx * this.contexts);
    if (!commuting) this.join(this.blocks, this.enter(ctx, b, STRONG), clocks, ctx * this.contexts);
    this.tick(ctx);
  }

  /** Everything that `from` has done comes before everything that `to` will do. */
  order(from: number, to: number): void {
    this.join(this.clocks, to * this.contexts, this.clocks, from * this.contexts);
    this.tick(from);
  }

  /** A context in a part of a block whose access is not ordered before what `ctx` does now, or -1. */
  private unordered(ctx: number, block: number, part: number): number {
    const i = block * PARTS + part;
    const who = this.who[i]!;
    if (who === 0 || who === ctx + 1) return -1;
    const own = ctx * this.contexts;
    const at = i * this.contexts;
    for (let t = 0; t < this.contexts; t++) if (t !== ctx && this.blocks[at + t]! > this.clocks[own + t]!) return t;
    return -1;
  }

  /** Notes an access. @returns a context with which it races, or -1 */
  access(ctx: number, p: Ptr, writes: boolean, plain: boolean): number {
    const b = this.block(p);
    const part = plain ? (writes ? PLAIN_WRITE : PLAIN_READ) : writes ? MARKED_WRITE : MARKED_READ;
    this.blocks[this.enter(ctx, b, part) + ctx] = this.clocks[ctx * this.contexts + ctx]!;
    let other = this.unordered(ctx, b, PLAIN_WRITE);
    if (other < 0 && writes) other = this.unordered(ctx, b, PLAIN_READ);
    if (other < 0 && plain) other = this.unordered(ctx, b, MARKED_WRITE);
    if (other < 0 && plain && writes) other = this.unordered(ctx, b, MARKED_READ);
    if (other < 0) {
      const slot = slotOfWord(this.mem, p);
      if (slot >= 0) other = this.afterFrame(ctx, slot);
    }
    return other;
  }

  private afterFrame(ctx: number, slot: number): number {
    const t = this.frameCtx[slot]! - 1;
    return t >= 0 && t !== ctx && this.frameClock[slot]! > this.clocks[ctx * this.contexts + t]! ? t : -1;
  }

  /** A plain write to every word of a frame. @returns a context with which it races, or -1 */
  accessFrame(ctx: number, slot: number): number {
    const T = this.contexts;
    let other = this.afterFrame(ctx, slot);
    for (let i = 0; i < this.used && other < 0; i++) {
      if (slotOfWord(this.mem, this.words[i] as Ptr) !== slot) continue;
      for (let part = PLAIN_READ; part <= MARKED_WRITE && other < 0; part++) other = this.unordered(ctx, i, part);
    }
    this.frameCtx[slot] = ctx + 1;
    this.frameClock[slot] = this.clocks[ctx * T + ctx]!;
    return other;
  }
}
