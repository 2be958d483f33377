// SPDX-License-Identifier: GPL-2.0-only
/** The erased copy of bench/collapse/one.ts. */
export { direct } from '../one.ts';
