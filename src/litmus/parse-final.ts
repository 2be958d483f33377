// SPDX-License-Identifier: GPL-2.0-only
/**
 * The end of a .litmus file: what is shown of the final states, which of them count, and the condition.
 *
 *   locations [x; 0:EAX;]
 *   filter (x=1)
 *   exists (0:EAX=0 /\ ~(1:EAX=0 \/ pte_x.D=1))
 */
import type { Expression } from './condition.ts';
import { isEntry } from './pages.ts';
import type { Condition, Quantifier } from './program.ts';
import { ENTRY_BITS } from './values.ts';
import type { Words } from './words.ts';

export interface Final {
  locations: string[];
  filter: Expression | null;
  condition: Condition;
}

export const FINAL_WORDS: readonly string[] = ['locations', 'filter', 'exists', 'forall', 'final', '~', 'not', '('];

/** Where nothing is asked, everything that happens is as required. */
const TRUE: Expression = ['and'];

export function parseFinal(w: Words, threads: number): Final {
  const locations = parseLocations(w, threads);
  const filter = w.take('filter') ? parseExpression(w, threads) : null;
  const quantifier = parseQuantifier(w);
  const expression = quantifier === null ? TRUE : parseExpression(w, threads);
  w.take(';');
  if (w.peek().kind !== 'end') w.unexpected('the end of the file');
  return { locations, filter, condition: { name: null, quantifier: quantifier ?? 'forall', expression } };
}

function parseLocations(w: Words, threads: number): string[] {
  const found: string[] = [];
  if (!w.take('locations')) return found;
  w.expect('[');
  while (!w.take(']')) {
    found.push(w.variable(threads));
    if (w.peek().kind === 'name') w.next(); // its type
    w.take('*');
    if (!w.is(']')) w.expect(';');
  }
  return found;
}

function parseQuantifier(w: Words): Quantifier | null {
  if (w.take('exists') || w.take('final') || w.is('(')) return 'exists';
  if (w.take('forall')) return 'forall';
  if (!w.take('~') && !w.take('not')) return null;
  w.expect('exists');
  return '~exists';
}

/** `\/` binds loosest, then `/\`, then `=>`, then `~`, as for herd7. */
function parseExpression(w: Words, threads: number): Expression {
  const parts = [parseAnd(w, threads)];
  while (w.take('\\/')) parts.push(parseAnd(w, threads));
  return parts.length === 1 ? parts[0]! : ['or', ...parts];
}

function parseAnd(w: Words, threads: number): Expression {
  const parts = [parseImplies(w, threads)];
  while (w.take('/\\')) parts.push(parseImplies(w, threads));
  return parts.length === 1 ? parts[0]! : ['and', ...parts];
}

function parseImplies(w: Words, threads: number): Expression {
  const left = parseNot(w, threads);
  return w.take('=>') ? ['or', ['not', left], parseImplies(w, threads)] : left;
}

function parseNot(w: Words, threads: number): Expression {
  if (w.take('~') || w.take('not')) return ['not', parseNot(w, threads)];
  if (w.take('true')) return ['and'];
  if (w.take('false')) return ['or'];
  if (!w.take('(')) return parseComparison(w, threads);
  const e = parseExpression(w, threads);
  w.expect(')');
  return e;
}

/** `0:EAX=1`, `x!=2`, `pte_x=f0:PWA`, `pte_x.D=1`. */
function parseComparison(w: Words, threads: number): Expression {
  const bit = /^(pte_[a-z])\.(.+)$/.exec(w.peek().text);
  if (bit !== null) {
    const [, entry, letter] = bit as unknown as [string, string, string];
    if (!Object.hasOwn(ENTRY_BITS, letter)) w.bad(w.peek(), `'${letter}' is no bit of an entry: ${Object.keys(ENTRY_BITS).join(', ')} are`);
    w.next();
    const equal = comparator(w);
    const place = w.peek();
    const value = w.word();
    if (value > 1) w.bad(place, 'a bit is 0 or 1');
    return ['bits', entry, ENTRY_BITS[letter]!, (value === 1) === equal ? ENTRY_BITS[letter]! : 0];
  }
  const name = w.variable(threads);
  const equal = comparator(w);
  if (isLocation(w)) w.bad(w.peek(), 'a comparison is with a value, not with another location');
  const e: Expression = ['eq', name, w.value()];
  return equal ? e : ['not', e];
}

function comparator(w: Words): boolean {
  if (w.take('=') || w.take('==')) return true;
  return w.take('!=') || w.take('<>') ? false : w.unexpected("'='");
}

/** An entry's value begins with the name of a frame, a register's with the number of its thread. */
function isLocation(w: Words): boolean {
  const [first, second, third] = [w.peek(), w.peek(1), w.peek(2)];
  if (first.kind === 'number') return second.text === ':' && third.kind === 'name';
  return first.kind === 'name' && second.text !== ':' && (isEntry(first.text) || /^[a-z]$/.test(first.text));
}
