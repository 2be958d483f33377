// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages of one range should lie on one node. Linux v6.6: mm/khugepaged.c, hpage_collapse_scan_abort(); include/linux/mm.h, page_to_nid().
 * With two nodes, far from each other: the node of the first page is the only one that has any load yet. The huge page itself comes from anywhere.
 */
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { page_to_pfn } from '../../include/linux/mm/page.ts';
import { kernelOf } from '../../kernel.ts';

export const NO_NODE = -1;

/** 0, or 1 for a frame of the far node of a machine that has one. */
export function page_to_nid(c: Vcpu, page: Ptr): number {
  const { farNode } = kernelOf(c).config;
  return farNode !== undefined && page_to_pfn(c, page) >= farNode ? 1 : 0;
}

/** Is the page on another node than those before it? @param loaded their node, or NO_NODE */
export const hpage_collapse_scan_abort = (loaded: number, nid: number): boolean => loaded !== NO_NODE && nid !== loaded;
