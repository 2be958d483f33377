// SPDX-License-Identifier: GPL-2.0-only
/**
 * A value out of a line of JSON that knows where it stands, and is asked for what it should be: if it is something else, the message names file,
 * line and field.
 */
import { UsageError } from '../usage-error.ts';

/** 64 bits as two words, signed. */
export interface Pair {
  lo: number;
  hi: number;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

export class Field {
  private readonly place: string;
  private readonly path: string;
  private readonly value: unknown;

  constructor(place: string, path: string, value: unknown) {
    this.place = place;
    this.path = path;
    this.value = value;
  }

  bad(problem: string): never {
    throw new UsageError(`${this.place}: ${this.path === '' ? '' : `${this.path}: `}${problem}`);
  }

  /** A member of an object, which may be missing. */
  get(name: string): Field {
    const members = this.be<Record<string, unknown>>(isObject(this.value), 'not an object');
    return this.member(name, Object.hasOwn(members, name) ? members[name] : undefined);
  }

  private member(name: string, value: unknown): Field {
    return this.part(this.path === '' ? name : `${this.path}.${name}`, value);
  }

  private part(path: string, value: unknown): Field {
    return new Field(this.place, path, value);
  }

  get missing(): boolean {
    return this.value === undefined;
  }

  /** Not there, or null. */
  get empty(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** A string or a number. */
  get isPlain(): boolean {
    return typeof this.value === 'string' || typeof this.value === 'number';
  }

  get isListOfObjects(): boolean {
    return Array.isArray(this.value) && this.value.length > 0 && this.value.every(isObject);
  }

  /** The value if it is of a type, or a message. */
  private be<T>(is: boolean, wrong: string): T {
    return is ? (this.value as T) : this.bad(this.missing ? 'missing' : `${JSON.stringify(this.value)} is ${wrong}`);
  }

  text(): string {
    return this.be(typeof this.value === 'string', 'not a string');
  }

  flag(): boolean {
    return this.be(typeof this.value === 'boolean', 'neither true nor false');
  }

  integer(least: number, most: number): number {
    return this.be(
      Number.isInteger(this.value) && (this.value as number) >= least && (this.value as number) <= most,
      `not an integer from ${least} to ${most}`,
    );
  }

  number(): number {
    return this.be(Number.isFinite(this.value), 'not a number');
  }

  /** What a cell of a table may be. */
  cell(): string | number {
    return this.be(typeof this.value === 'string' || Number.isFinite(this.value), 'neither a string nor a number');
  }

  oneOf<T extends string | number>(values: readonly T[]): T {
    return values.includes(this.value as T) ? (this.value as T) : this.be(false, `not one of ${values.join(', ')}`);
  }

  list(): Field[] {
    return this.be<unknown[]>(Array.isArray(this.value), 'not a list').map((v, i) => this.part(`${this.path}[${i}]`, v));
  }

  /** The members of an object. */
  members(): [string, Field][] {
    return Object.entries(this.be<object>(isObject(this.value), 'not an object')).map(([name, v]) => [name, this.member(name, v)]);
  }

  /** "0x12ab": a number of so many bits at most, up to 52. */
  hex(bits: number): number {
    const n = Number(this.hexText());
    return n < 2 ** bits ? n : this.be(false, `more than ${bits} bits`);
  }

  /** "0x8000000112ab": a number of 64 bits. */
  pair(): Pair {
    const digits = this.hexText().slice(2).replace(/^0+/, '');
    if (digits.length > 16) this.be(false, 'more than 64 bits');
    return { lo: Number(`0x0${digits.slice(-8)}`) | 0, hi: Number(`0x0${digits.slice(0, -8)}`) | 0 };
  }

  private hexText(): string {
    return this.be(typeof this.value === 'string' && /^0x[0-9a-f]+$/i.test(this.value), 'not a hexadecimal number such as "0x12ab"');
  }
}

/** @throws UsageError for a line that is no JSON object */
export function readObject(line: string, place: string): Field {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (e) {
    throw new UsageError(`${place}: not JSON: ${(e as Error).message}`);
  }
  if (!isObject(value)) throw new UsageError(`${place}: not a JSON object`);
  return new Field(place, '', value);
}

/** As a vector file has it. */
export const hexOf = (n: number): string => `0x${n.toString(16)}`;
export const hexOfPair = ({ lo, hi }: Pair): string =>
  hi === 0 ? hexOf(lo >>> 0) : `${hexOf(hi >>> 0)}${(lo >>> 0).toString(16).padStart(8, '0')}`;
