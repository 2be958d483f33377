// SPDX-License-Identifier: GPL-2.0-only
/**
 * Sizes of the TLBs and of the PDE cache.
 *
 * Reference: Intel 64 and IA-32 Architectures Optimization Reference Manual, "Skylake client microarchitecture", TLB parameters. Intel publishes no
 * size of the paging-structure caches: 32 PDEs is the order of what timing studies found (van Schaik et al., "RevAnC", EuroSec 2017).
 */

/** One set-associative array: `sets` is a power of two. */
export interface Ways {
  sets: number;
  ways: number;
}

export interface TlbGeometry {
  name: string;
  /** First level for data. */
  data4K: Ways;
  data2M: Ways;
  /** First level for instructions. */
  code4K: Ways;
  code2M: Ways;
  /** Second level, for pages of both sizes and both kinds of access. */
  shared: Ways;
  /** PDEs that refer to a page table. */
  pdes: Ways;
}

export const SKYLAKE: TlbGeometry = {
  name: 'skylake',
  data4K: { sets: 16, ways: 4 },
  data2M: { sets: 8, ways: 4 },
  code4K: { sets: 16, ways: 8 },
  code2M: { sets: 1, ways: 8 },
  shared: { sets: 128, ways: 12 },
  pdes: { sets: 8, ways: 4 },
};
