// SPDX-License-Identifier: GPL-2.0-only
/**
 * Conditions on final states: what may be said of one, how often it is true, and what herd7 calls that.
 */
import type { Condition, Quantifier } from './program.ts';

/** Nested as the vectors have them; `bits` is true if those bits of a value that the mask names are the given ones. */
export type Expression =
  | ['and' | 'or', ...Expression[]]
  | ['not', Expression]
  | ['eq', string, number]
  | ['bits', string, mask: number, value: number];

export function holds(e: Expression, value: (name: string) => number): boolean {
  switch (e[0]) {
    case 'and':
      return (e.slice(1) as Expression[]).every((part) => holds(part, value));
    case 'or':
      return (e.slice(1) as Expression[]).some((part) => holds(part, value));
    case 'not':
      return !holds(e[1], value);
    case 'eq':
      return (value(e[1]) | 0) === (e[2] | 0);
    case 'bits':
      return (value(e[1]) & e[2]) === e[3];
  }
}

/** The names that an expression speaks of, each once. */
export function namesIn(e: Expression): string[] {
  if (e[0] === 'eq' || e[0] === 'bits') return [e[1]];
  return [...new Set((e.slice(1) as Expression[]).flatMap(namesIn))];
}

/** In so many executions it is true, in so many false. */
export interface Witnesses {
  positive: number;
  negative: number;
}

export type Observation = 'Always' | 'Sometimes' | 'Never';

export const observation = ({ positive, negative }: Witnesses): Observation =>
  positive === 0 ? 'Never' : negative === 0 ? 'Always' : 'Sometimes';

/** Is it as the quantifier says? */
export function isOk({ quantifier }: Condition, { positive, negative }: Witnesses): boolean {
  if (quantifier === 'exists') return positive > 0;
  return quantifier === 'forall' ? negative === 0 : positive === 0;
}

export const KIND_OF: Record<Quantifier, 'Allowed' | 'Required' | 'Forbidden'> = {
  exists: 'Allowed',
  forall: 'Required',
  '~exists': 'Forbidden',
};
