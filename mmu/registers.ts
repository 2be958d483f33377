// SPDX-License-Identifier: GPL-2.0-only
/**
 * The registers that translation depends on, and what follows from them: kept ready, so that a walk computes none of it.
 *
 * Reference: Intel SDM Vol. 3A 2.5, 4.1 (paging modes), 4.7 (I/D is reported only with SMEP or NXE).
 * Not modelled: paging modes other than PAE (CR4.PAE is 1), EFER.LME, CR4.PCIDE, CR4.PKE, CR4.CET.
 */
import { FETCH, USER, WRITE } from './access.ts';
import { CR0_PE, CR0_PG, CR0_WP, CR4_PAE, CR4_SMEP, EFER_NXE } from './control.ts';
import { PDPT_WORDS } from './pdpte.ts';
import { GREATEST_MAXPHYADDR, LEAST_MAXPHYADDR, reservedHigh } from './reserved.ts';
import { permissionTable } from './rights.ts';

export class Registers {
  cr0 = CR0_PE | CR0_PG | CR0_WP;
  /** Address of the last page fault, unsigned. */
  cr2 = 0;
  cr3 = 0;
  cr4 = CR4_PAE;
  efer = 0;
  /** EFLAGS.AC */
  ac = false;
  readonly maxphyaddr: number;
  readonly pdptes = new Int32Array(PDPT_WORDS);

  /** 1 where the mode permits an access, by mmu/rights `permission`. */
  readonly allowed = new Uint8Array(256);
  /** Reserved bits of the high word of a PDE or PTE. */
  reservedHigh = 0;
  /** Bits of an access that an error code reports. */
  reported = 0;

  /** @throws RangeError for a MAXPHYADDR outside 36 to 52 */
  constructor(maxphyaddr: number) {
    if (!(maxphyaddr >= LEAST_MAXPHYADDR && maxphyaddr <= GREATEST_MAXPHYADDR))
      throw new RangeError(`MAXPHYADDR ${maxphyaddr} is not ${LEAST_MAXPHYADDR} to ${GREATEST_MAXPHYADDR}`);
    this.maxphyaddr = maxphyaddr;
    this.modeChanged();
  }

  get paging(): boolean {
    return (this.cr0 & CR0_PG) !== 0;
  }

  /** To be called after a change of CR0, CR4, EFER or AC. */
  modeChanged(): void {
    permissionTable(this.allowed, this);
    this.reservedHigh = reservedHigh(this.maxphyaddr, this.efer);
    this.reported = WRITE | USER | ((this.cr4 & CR4_SMEP) !== 0 || (this.efer & EFER_NXE) !== 0 ? FETCH : 0);
  }
}
