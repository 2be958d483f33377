// SPDX-License-Identifier: GPL-2.0-only
/** Addresses as people write them: `Hn+p` is 0x40000000 + n * 2 MiB + p * 4 KiB; anything else is hexadecimal. */
export const H0 = 0x40000000;
const HUGE = 0x200000;
export const PAGE_SIZE = 0x1000;
const HUGE_COUNT = 512;

/** @returns null for a text that is no address of a page in user space */
export function parseAddress(text: string): number | null {
  const m = /^H(\d+)(?:\+(\d+))?$/.exec(text);
  const address =
    m !== null ? H0 + Number(m[1]) * HUGE + Number(m[2] ?? 0) * PAGE_SIZE : /^0x[0-9a-f]{1,8}$/i.test(text) ? Number(text) : NaN;
  return address >= 0 && address < 0xc0000000 && address % PAGE_SIZE === 0 ? address : null;
}

export function addressText(address: number): string {
  const offset = address - H0;
  if (offset < 0 || offset > HUGE_COUNT * HUGE) return `0x${address.toString(16)}`;
  const page = (offset % HUGE) / PAGE_SIZE;
  return `H${Math.floor(offset / HUGE)}${page === 0 ? '' : `+${page}`}`;
}
