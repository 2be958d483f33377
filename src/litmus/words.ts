// SPDX-License-Identifier: GPL-2.0-only
/**
 * The words of a .litmus file one after the other, and what its parts have in common: numbers, registers, locations, values.
 */
import { badAt, type Place, type Token } from './lexer.ts';
import { FAULTED, isEntry, LAST_FRAME } from './pages.ts';
import { ENTRY_BITS, entryValue } from './values.ts';

const REGISTER = /^[er](ax|bx|cx|dx|si|di|bp|sp)$|^r(8|9|1[0-5])d?$/;

export class Words {
  readonly file: string;
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(file: string, tokens: readonly Token[]) {
    this.file = file;
    this.tokens = tokens;
  }

  /** The next one, or one further on; behind the last one there is only the end. */
  peek(further = 0): Token {
    return this.tokens[Math.min(this.at + further, this.tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.at++;
    return token;
  }

  bad(place: Place, problem: string): never {
    return badAt(this.file, place, problem);
  }

  /** Not what should be here. */
  unexpected(wanted: string): never {
    const { kind, text } = this.peek();
    return this.bad(this.peek(), `${wanted} is expected, not ${kind === 'end' ? 'the end of the file' : `'${text}'`}`);
  }

  is(text: string): boolean {
    return this.peek().text === text;
  }

  /** Takes a word if it is the next one. */
  take(text: string): boolean {
    const is = this.is(text);
    if (is) this.next();
    return is;
  }

  expect(text: string): Token {
    return this.is(text) ? this.next() : this.unexpected(`'${text}'`);
  }

  name(wanted: string): Token {
    return this.peek().kind === 'name' ? this.next() : this.unexpected(wanted);
  }

  /** "-1", "0x10"; what does not fit in 32 bits is an error. */
  word(): number {
    const place = this.peek();
    const negative = this.take('-');
    if (this.peek().kind !== 'number') this.unexpected('a number');
    const size = BigInt(this.next().text);
    const exact = negative ? -size : size;
    if (exact < -(2n ** 31n) || exact >= 2n ** 32n) this.bad(place, `${exact} does not fit in 32 bits`);
    return Number(BigInt.asUintN(32, exact));
  }

  /** A number, the value of an entry such as `f1:PWAD`, or `fault`. */
  value(): number {
    if (this.peek().kind !== 'name') return this.word();
    const token = this.next();
    if (token.text === 'fault') return FAULTED;
    const frame = /^f(\d+)$/.exec(token.text);
    if (frame === null || !this.is(':')) return this.bad(token, `'${token.text}' is no value: 5, 0x5, f0:PWAD and fault are some`);
    if (Number(frame[1]) > LAST_FRAME) this.bad(token, `there are frames f0 to f${LAST_FRAME}`);
    this.next();
    const bits = this.name('the bits of an entry, as in f0:PWAD,');
    const wrong = [...bits.text].find((letter) => !Object.hasOwn(ENTRY_BITS, letter));
    if (wrong !== undefined) this.bad(bits, `'${wrong}' is no bit of an entry: ${Object.keys(ENTRY_BITS).join(', ')} are`);
    return entryValue(Number(frame[1]), bits.text);
  }

  /** "EAX", "%eax": the 64-bit names are those of the same registers. */
  register(): string {
    this.take('%');
    const token = this.name('a register');
    return registerNamed(token.text) ?? this.bad(token, `'${token.text}' is no register of 32 or 64 bits`);
  }

  location(): Token {
    const token = this.name('a location');
    if (token.text.startsWith('pte_') && !isEntry(token.text))
      this.bad(token, `'${token.text}': a page is named by one letter, as in pte_x`);
    return token;
  }

  /** "0:EAX", "P0:EAX", "x", "[x]". */
  variable(threads: number): string {
    const token = this.peek();
    if (this.take('[')) {
      const { text } = this.location();
      this.expect(']');
      return text;
    }
    const thread = token.kind === 'number' ? token.text : this.peek(1).text === ':' ? /^P(\d+)$/.exec(token.text)?.[1] : undefined;
    if (thread === undefined) return this.location().text;
    if (Number(thread) >= threads) this.bad(token, `there is no P${thread}`);
    this.next();
    this.expect(':');
    return `${Number(thread)}:${this.register()}`;
  }
}

/** null for another name. */
export function registerNamed(name: string): string | null {
  const lower = name.toLowerCase();
  if (!REGISTER.test(lower)) return null;
  return /^r\d/.test(lower) ? lower.replace('d', '') : `e${lower.slice(1)}`;
}
