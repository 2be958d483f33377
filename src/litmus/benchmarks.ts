// SPDX-License-Identifier: GPL-2.0-only
/**
 * Programs with which explorations are compared: how many executions each of them needs at least is known, for some since the paper that
 * introduced it.
 *
 * Reference: Abdulla, Aronis, Jonsson, Sagonas, "Optimal dynamic partial order reduction" (POPL 2014) for readers, lastzero and indexer;
 * Abdulla et al. (TACAS 2015) for the same question on TSO; SV-COMP, pthread category, for fib.
 */

import { startCmpxchg, startLoad, startRmw } from '../../cpu/arm.ts';
import { Machine } from '../../cpu/machine.ts';
import { fence } from '../../cpu/memory.ts';
import { assume, store, storeUnwalked, update, waitLoad, waitRmw } from '../../cpu/ops.ts';
import { violate } from '../../cpu/report.ts';
import { ADD, XCHG } from '../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { allocObject, createPhysMem } from '../../mmu/phys-mem.ts';
import type { Ptr } from '../../mmu/types.ts';

/** What CPU `me` of n runs on the words from `x` on. */
type Program = (c: Vcpu, me: number, n: number, x: (word: number) => Ptr) => Code;

function machine(cpus: number, n: number, words: number, program: Program, image: readonly number[] = []): Machine {
  const mem = createPhysMem(256, 1);
  const m = new Machine({ cpus, callbacks: 0, interrupts: false, mem });
  const base = allocObject(mem, words);
  const x = (word: number): Ptr => (base + word) as Ptr;
  m.nameOf = (p) => (p >= base && p < base + words ? `x[${p - base}]` : `word ${p}`);
  m.programs = Array.from({ length: cpus }, (_, me) => [(c) => program(c, me, n, x)]);
  m.boot(function* (c) {
    for (const [i, v] of image.entries()) yield* store(c, x(i), v);
  });
  return m;
}

/** One writer of a word and n readers. */
export const readers = (n: number): Machine =>
  machine(n + 1, n, 1, function* (c, me, _, x) {
    if (me === 0) storeUnwalked(c, x(0), 1);
    else {
      startLoad(c, x(0));
      yield;
    }
  });

/** n writers of one word. */
export const writers = (n: number): Machine =>
  machine(n, n, 1, function* (c, me, _, x) {
    storeUnwalked(c, x(0), me + 1);
  });

/** n locked increments of one word, whose results are used. */
export const incs = (n: number): Machine =>
  machine(n, n, 1, function* (c, _, __, x) {
    startRmw(c, x(0), ADD, 1);
    yield;
  });

/** The same where nobody looks at the result: any order is as good as any other. */
export const quietIncs = (n: number): Machine =>
  machine(n, n, 1, function* (c, _, __, x) {
    yield* update(c, x(0), ADD, 1);
  });

/** n writers x[j] = x[j - 1] + 1, and one reader that looks for the last zero. */
export const lastzero = (n: number): Machine =>
  machine(n + 1, n, n + 1, function* (c, me, _, x) {
    for (let i = me > 0 ? me - 1 : n; ; i--) {
      startLoad(c, x(i));
      yield;
      if (me > 0 || c.value === 0) break;
    }
    if (me > 0) storeUnwalked(c, x(me), c.value + 1);
  });

/** n threads put four keys each into a hash table by compare-and-exchange. */
export const indexer = (n: number): Machine =>
  machine(n, n, 128, function* (c, me, _, x) {
    for (let key = 1; key <= 4; key++) {
      const value = key * 11 + me;
      for (let h = (value * 7) % 128; ; h = (h + 1) % 128) {
        startCmpxchg(c, x(h), 0, value);
        yield;
        if (c.value === 0) break;
      }
    }
  });

/** Store buffering in a ring: each stores to its own word and loads its neighbour's. */
export const sb = (n: number): Machine =>
  machine(n, n, n, function* (c, me, _, x) {
    storeUnwalked(c, x(me), 1);
    startLoad(c, x((me + 1) % n));
    yield;
  });

/** Two CPUs, store buffering n times over, on other words each time. */
export const sbpairs = (n: number): Machine =>
  machine(2, n, 2 * n, function* (c, me, _, x) {
    for (let i = 0; i < n; i++) {
      storeUnwalked(c, x(2 * i + me), 1);
      startLoad(c, x(2 * i + 1 - me));
      yield;
    }
  });

/** n rounds of i += j against j += i, both 1 at first. */
export const fib = (n: number): Machine =>
  machine(
    2,
    n,
    2,
    function* (c, me, _, x) {
      for (let k = 0; k < n; k++) {
        startLoad(c, x(me));
        yield;
        const own = c.value;
        startLoad(c, x(1 - me));
        yield;
        storeUnwalked(c, x(me), own + c.value);
      }
    },
    [1, 1],
  );

/** In the critical section: nobody else may write the word meanwhile. */
function* critical(c: Vcpu, word: Ptr, me: number): Code {
  storeUnwalked(c, word, me);
  startLoad(c, word);
  yield;
  if (c.value !== me) violate(c, 'check', 'mutual exclusion is broken');
}

/** Peterson's lock, n rounds each; waiting is assumed away. */
export const peterson = (n: number, fenced = true): Machine =>
  machine(2, n, 4, function* (c, me, _, x) {
    for (let k = 0; k < n; k++) {
      storeUnwalked(c, x(me), 1);
      storeUnwalked(c, x(2), 1 - me);
      if (fenced) fence(c);
      startLoad(c, x(1 - me));
      yield;
      if (c.value !== 0) {
        startLoad(c, x(2));
        yield;
        yield* assume(c, c.value !== 1 - me);
      }
      yield* critical(c, x(3), me);
      storeUnwalked(c, x(me), 0);
    }
  });

/** The entry test of Dekker's lock, n tries each. */
export const dekker = (n: number, fenced = true): Machine =>
  machine(2, n, 3, function* (c, me, _, x) {
    for (let k = 0; k < n; k++) {
      storeUnwalked(c, x(me), 1);
      if (fenced) fence(c);
      startLoad(c, x(1 - me));
      yield;
      if (c.value === 0) yield* critical(c, x(2), me);
      storeUnwalked(c, x(me), 0);
    }
  });

/** A ticket lock taken once by each of n; x[0] the next ticket, x[1] the one being served. */
export const ticket = (n: number, waits: 'assume' | 'await'): Machine =>
  machine(n, n, 3, function* (c, me, _, x) {
    startRmw(c, x(0), ADD, 1);
    yield;
    const mine = c.value;
    if (waits === 'assume') {
      startLoad(c, x(1));
      yield;
      yield* assume(c, c.value === mine);
    } else yield* waitLoad(c, x(1), -1, mine);
    yield* critical(c, x(2), me);
    storeUnwalked(c, x(1), mine + 1);
  });

/** A test-and-set lock taken once by each of n. */
export const spin = (n: number, waits: 'assume' | 'acquire'): Machine =>
  machine(n, n, 2, function* (c, me, _, x) {
    if (waits === 'assume') {
      startRmw(c, x(0), XCHG, 1);
      yield;
      yield* assume(c, c.value === 0);
    } else yield* waitRmw(c, x(0), -1, 0, XCHG, 1);
    yield* critical(c, x(1), me);
    storeUnwalked(c, x(0), 0);
  });
