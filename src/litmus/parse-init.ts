// SPDX-License-Identifier: GPL-2.0-only
/**
 * The part of a .litmus file between braces: `x=1; uint64_t y; 0:EAX=2; 1:ESI=x; pte_x=f0:PWAD;`.
 */
import { isEntry } from './pages.ts';
import type { Words } from './words.ts';

export interface Initial {
  init: Record<string, number>;
  rinit: Record<string, number>;
  /** The registers that hold the address of a location: "thread:register" to its name. */
  addresses: Record<string, string>;
}

/** Registers of threads that there are not do no harm. */
const ANY_THREAD = Number.POSITIVE_INFINITY;

export function parseInit(w: Words): Initial {
  const initial: Initial = { init: {}, rinit: {}, addresses: {} };
  w.expect('{');
  while (!w.take('}')) {
    if (w.take(';')) continue;
    parseItem(w, initial);
    if (!w.is('}')) w.expect(';');
  }
  return initial;
}

function parseItem(w: Words, { init, rinit, addresses }: Initial): void {
  const [first, second] = [w.peek(), w.peek(1)];
  const typed = first.kind === 'name' && (second.kind !== 'sign' || second.text === '*' || second.text === '%' || isBracketed(w));
  if (typed) w.next();
  w.take('*');
  const place = w.peek();
  const name = w.variable(ANY_THREAD);
  if (name in init || name in rinit || name in addresses) w.bad(place, `'${name}' has a value already`);
  if (w.is('[')) w.unexpected("';' (there are no arrays)");
  const given = w.take('=');
  if (!name.includes(':')) init[name] = given ? w.value() : 0;
  else if (!given) rinit[name] = 0;
  else if (w.peek().kind === 'name' || w.is('&')) {
    w.take('&');
    addresses[name] = w.location().text;
  } else rinit[name] = w.word();
  const page = /^pte_(.)$/.exec(name)?.[1] ?? name;
  if (page in init && isEntry(`pte_${page}`) && `pte_${page}` in init) w.bad(place, `'${page}' is a page: its memory is that of a frame`);
}

/** "int [x]" is a location with its type, "t[3]" an array. */
const isBracketed = (w: Words): boolean => w.peek(1).text === '[' && w.peek(2).kind === 'name';
