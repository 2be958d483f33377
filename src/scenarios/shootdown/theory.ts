// SPDX-License-Identifier: GPL-2.0-only
/**
 * When `shootdown` should be violated, worked out by hand: a wrong policy is, wherever the operation relies on what it leaves out.
 *
 *   none               relies on nothing: always. A CPU that loads the mm, or stops being lazy, may have walked before the entry was taken out.
 *   early-ack-return   the same: whoever is interrupted goes on in user code. Always.
 *   invlpgb-nosync     the same: the invalidation may come later than the end of the system call. Always.
 *   lazy-free          puts off munmap() only: munmap, remap, age, where the page is given back at once
 *   lazy-reuse         the pages are kept, and the address is not: remap
 *   access-bit-aged    A is clear although the entry is remembered: age
 */
import type { Config } from '../scenario.ts';

const UNMAPS = ['munmap', 'remap', 'age'];

const violatedBy: Readonly<Record<string, (operation: string) => boolean>> = {
  none: () => true,
  'early-ack-return': () => true,
  'invlpgb-nosync': () => true,
  'lazy-free': (operation) => UNMAPS.includes(operation),
  'lazy-reuse': (operation) => operation === 'remap',
  'access-bit-aged': (operation) => operation === 'age',
};

export const expected = (config: Config): 'holds' | 'violated' =>
  violatedBy[config.policy!]?.(config.operation!) === true ? 'violated' : 'holds';
