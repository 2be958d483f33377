// SPDX-License-Identifier: GPL-2.0-only
/**
 * Page-fault error codes.
 *
 * Reference: Intel SDM Vol. 3A 4.7, figure 4-12. Not modelled: PK, SS, HLAT and SGX bits, none of which PAE paging without EFER.LME can raise.
 */

/** The translation is there, and forbids the access or has a reserved bit set; clear: some level is not present. */
export const FAULT_PRESENT = 1 << 0;
export const FAULT_WRITE = 1 << 1;
export const FAULT_USER = 1 << 2;
/** A reserved bit is set in some entry; only with FAULT_PRESENT. */
export const FAULT_RESERVED = 1 << 3;
/** An instruction fetch; only with CR4.SMEP or EFER.NXE. */
export const FAULT_FETCH = 1 << 4;

/** No fault. */
export const NO_FAULT = -1;
/** The walk or the access left the memory: physical addresses from 2^44 on hold nothing. No exception of the processor. */
export const NO_MEMORY = -2;

/** "#PF(P W/R U/S), error code 7". */
export function errorCodeText(errorCode: number): string {
  const names = ['P', 'W/R', 'U/S', 'RSVD', 'I/D'].filter((_, i) => (errorCode & (1 << i)) !== 0);
  return `error code ${errorCode}${names.length > 0 ? ` (${names.join(' ')})` : ''}`;
}
