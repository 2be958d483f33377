// SPDX-License-Identifier: GPL-2.0-only
/**
 * Numbers as text, as files under /sys take them. Linux v6.6: lib/kstrtox.c, kstrtoul(), kstrtouint(); lib/string_helpers.c, sysfs_streq().
 * unsigned long has 32 bits.
 */
import { EINVAL, ERANGE } from '../../include/uapi/asm-generic/errno.ts';

/** Decimal digits, perhaps after a plus, and at most one newline. @returns the number, or a negative errno */
export function kstrtoul(text: string): number {
  if (!/^\+?[0-9]+\n?$/.test(text)) return -EINVAL;
  const value = Number(text);
  return value > 0xffffffff ? -ERANGE : value;
}

export const kstrtouint = kstrtoul;

/** Equal but for a newline at the end. */
export const sysfs_streq = (a: string, b: string): boolean => a.replace(/\n$/, '') === b;
