// SPDX-License-Identifier: GPL-2.0-only
/**
 * The functions that a locked operation may apply, as codes: an event holds a code and its arguments, never a closure, so that it
 * can be judged in another execution than the one that it was recorded in.
 *
 * Reference: Intel SDM Vol. 2 (LOCK prefix; XADD, XCHG, CMPXCHG, CMPXCHG8B).
 */
export type RmwFn = number & { readonly __b: 'RmwFn' };

export const XCHG = 0 as RmwFn;
export const ADD = 1 as RmwFn;
export const OR = 2 as RmwFn;
export const AND = 3 as RmwFn;
export const XOR = 4 as RmwFn;
/** Compare the word with a0, store a1 if equal. */
export const CMPXCHG = 5 as RmwFn;
/** Compare both words with (a0, a1), store (a2, a3) if equal. */
export const CMPXCHG8B = 6 as RmwFn;
/** Exchange both words with (a0, a1). */
export const XCHG8B = 7 as RmwFn;
/** Interrupt entry on [pending, sti, gate]: clears the highest pending bit and closes the gate. Waits; see interrupts.ts. */
export const ENTER = 8 as RmwFn;
/** Interrupt return on [gate, wake]: opens the gate and wakes a halted program. */
export const EXIT = 9 as RmwFn;
/** Entry of the NMI handler on its pending word. */
export const ENTER_NMI = 10 as RmwFn;
/** Return of the NMI handler on its wake word. */
export const EXIT_NMI = 11 as RmwFn;
/** Waits until one of two wake words is set. */
export const HALT = 12 as RmwFn;

/** Do they begin and end a run of a handler? */
export const isEntry = (fn: RmwFn): boolean => fn === ENTER || fn === ENTER_NMI;
export const isReturn = (fn: RmwFn): boolean => fn === EXIT || fn === EXIT_NMI;

/** Top bit of the gate word: a handler is in progress. */
export const GATE_BUSY = 1 << 31;

/** What `applyRmw` found: the words after it, as far as they are in the operation's range. */
export const after = new Int32Array(3);

/** Applies `fn` to the words (m0, m1, m2) into `after`. @returns whether it writes */
export function applyRmw(fn: RmwFn, a0: number, a1: number, a2: number, a3: number, m0: number, m1: number, m2: number): boolean {
  after[0] = m0;
  after[1] = m1;
  after[2] = m2;
  switch (fn) {
    case XCHG:
      after[0] = a0;
      return true;
    case ADD:
      after[0] = m0 + a0;
      return true;
    case OR:
      after[0] = m0 | a0;
      return true;
    case AND:
      after[0] = m0 & a0;
      return true;
    case XOR:
      after[0] = m0 ^ a0;
      return true;
    case CMPXCHG:
      if (m0 !== (a0 | 0)) return false;
      after[0] = a1;
      return true;
    case CMPXCHG8B:
      if (m0 !== (a0 | 0) || m1 !== (a1 | 0)) return false;
      after[0] = a2;
      after[1] = a3;
      return true;
    case XCHG8B:
      after[0] = a0;
      after[1] = a1;
      return true;
    case ENTER:
      after[0] = m0 & ~highestBit(m0);
      after[2] = m2 | GATE_BUSY;
      return true;
    case EXIT:
      after[0] = m0 & ~GATE_BUSY;
      after[1] = 1;
      return true;
    case ENTER_NMI:
      after[0] = 0;
      return true;
    case EXIT_NMI:
      after[0] = 1;
      return true;
    default: // HALT
      return false;
  }
}

export const highestBit = (pending: number): number => (pending === 0 ? 0 : 1 << (31 - Math.clz32(pending)));

/** Two operations of the same code whose results nobody uses may be swapped if they are additions, ors, or ands. */
export const commutes = (fn: RmwFn): boolean => fn === ADD || fn === OR || fn === AND;

/** May an interrupt be taken, given [pending, sti, gate]? The gate counts the CLIs, sti the STIs that have reached memory. */
export const mayEnter = (pending: number, sti: number, gate: number): boolean => pending !== 0 && gate === sti;
