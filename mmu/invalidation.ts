// SPDX-License-Identifier: GPL-2.0-only
/**
 * What each event removes from the TLBs and the paging-structure caches, and when the PDPTE registers are loaded: the one place that says so, for
 * the TLB that remembers (mmu/tlb) and for the one that may remember anything not removed (mmu/permissive).
 *
 * Reference: Intel SDM Vol. 3A 4.4.1 (PDPTE registers), 4.10.4.1 (operations that invalidate TLBs and paging-structure caches).
 * Not modelled: PCIDs, INVPCID and VMX transitions; an invalidation removes what it must and nothing else.
 */
import { CR0_CD, CR0_NW, CR0_PG, CR4_PAE, CR4_PGE, CR4_PSE, CR4_SMEP } from './control.ts';
import { DROP_ALL, LOAD_PDPTES } from './drops.ts';

export {
  DROP_ALL,
  DROP_GLOBAL,
  DROP_LOCAL,
  DROP_PAGE,
  DROP_STRUCTURE,
  DROP_STRUCTURES,
  LOAD_PDPTES,
  ON_INVLPG,
  ON_MOV_CR3,
  ON_PAGE_FAULT,
} from './drops.ts';

/** @param changed bits of CR0 that the MOV changes; @param next CR0 after it */
export function onMovCr0(changed: number, next: number): number {
  const load = (next & CR0_PG) !== 0 && (changed & (CR0_CD | CR0_NW | CR0_PG)) !== 0 ? LOAD_PDPTES : 0;
  return load | ((changed & CR0_PG) !== 0 && (next & CR0_PG) === 0 ? DROP_ALL : 0);
}

/** @param changed bits of CR4 that the MOV changes; @param next CR4 after it; @param paging CR0.PG */
export function onMovCr4(changed: number, next: number, paging: boolean): number {
  const load = paging && (changed & (CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP)) !== 0 ? LOAD_PDPTES : 0;
  const smepSet = (changed & next & CR4_SMEP) !== 0;
  return load | ((changed & (CR4_PGE | CR4_PAE)) !== 0 || smepSet ? DROP_ALL : 0);
}
