// SPDX-License-Identifier: GPL-2.0-only
/**
 * Hexadecimal numbers as users write them, with 0x or without, a 64-bit one also with its halves apart: 0x8000'12345067 is as reports print it.
 */
import type { Entry } from '../explain/state.ts';
import { UsageError } from '../usage-error.ts';

/** A number of up to 64 bits, as two words. @throws UsageError naming the field */
export function hexPair(text: string, field: string): Entry {
  const m = /^(?:0x)?(?:([0-9a-f]{1,8})'([0-9a-f]{8})|([0-9a-f]{1,16}))$/i.exec(text);
  if (m === null) throw new UsageError(`${field}: '${text}' is no hexadecimal number of up to 64 bits`);
  const [, high, low, whole = ''] = m;
  const word = (digits: string): number => Number.parseInt(digits === '' ? '0' : digits, 16) | 0;
  return { lo: word(low ?? whole.slice(-8)), hi: word(high ?? whole.slice(0, -8)) };
}

/** A number of 32 bits, unsigned. */
export function hex32(text: string, field: string): number {
  const { lo, hi } = hexPair(text, field);
  if (hi !== 0) throw new UsageError(`${field}: '${text}' has more than 32 bits`);
  return lo >>> 0;
}

/** Physical address of an entry: 8 bytes, aligned, below 2^52. */
export function entryAddressOf(text: string, field: string): number {
  const { lo, hi } = hexPair(text, field);
  if (hi >>> 20 !== 0) throw new UsageError(`${field}: '${text}' is no physical address: it has more than 52 bits`);
  if ((lo & 7) !== 0) throw new UsageError(`${field}: '${text}' is not aligned to 8 bytes`);
  return hi * 2 ** 32 + (lo >>> 0);
}
