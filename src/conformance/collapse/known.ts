// SPDX-License-Identifier: GPL-2.0-only
/**
 * Cases that cannot agree, one by one, each with the reason: something that the emulated machine has no counterpart for. They count as not agreed.
 */
export const KNOWN: Readonly<Record<string, string>> = {};
