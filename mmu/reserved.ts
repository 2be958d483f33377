// SPDX-License-Identifier: GPL-2.0-only
/**
 * Reserved bits of paging-structure entries, as masks of their two words. They matter only in entries that are present.
 *
 * Reference: Intel SDM Vol. 3A 4.4.1, table 4-8 (PDPTE); 4.4.2, tables 4-9 to 4-11 (PDE, PTE).
 * Not modelled: processors that check reserved bits in PDPTEs that are not present (footnote of 4.4.1).
 */
import { EFER_NXE } from './control.ts';

/** Least and greatest MAXPHYADDR that the machine can be given. */
export const LEAST_MAXPHYADDR = 36;
export const GREATEST_MAXPHYADDR = 52;

/** Bits 62:M of an entry, and bit 63 unless IA32_EFER.NXE is set: the high word's reserved bits in a PDE or PTE. */
export const reservedHigh = (maxphyaddr: number, efer: number): number =>
  (~((1 << (maxphyaddr - 32)) - 1) & 0x7fffffff) | ((efer & EFER_NXE) === 0 ? 1 << 31 : 0);

/** Bits 20:13 of a PDE that maps 2 MiB. */
export const RESERVED_LOW_2M = 0x001fe000;

/** Bits 2:1 and 8:5 of a PDPTE. */
export const RESERVED_LOW_PDPTE = 0x000001e6;

/** Bits 63:M of a PDPTE: bit 63 is reserved in it, with or without NXE. */
export const reservedHighPdpte = (maxphyaddr: number): number => ~((1 << (maxphyaddr - 32)) - 1);
