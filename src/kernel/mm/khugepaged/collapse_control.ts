// SPDX-License-Identifier: GPL-2.0-only
/**
 * For whom a collapse is made: khugepaged, which keeps to its limits, or MADV_COLLAPSE. Linux v6.6: mm/khugepaged.c, struct collapse_control.
 * left out: node_load and alloc_nmask: the machine has one node.
 */
export interface collapse_control {
  readonly is_khugepaged: boolean;
}

export const khugepaged_collapse_control: collapse_control = { is_khugepaged: true };
export const madvise_collapse_control: collapse_control = { is_khugepaged: false };
