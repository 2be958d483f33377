// SPDX-License-Identifier: GPL-2.0-only
/** What releases of the kernel are made of, for those who run workloads on several. */
export { CHANGES, type Change, type Changes, changesOf, RELEASES, type Release } from '../kernel/changes.ts';
