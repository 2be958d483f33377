// SPDX-License-Identifier: GPL-2.0-only
/**
 * The registers that translation depends on, and what follows from them: kept ready, so that a walk computes none of it. They lie in the state of the
 * MMU; here they have names.
 *
 * Reference: Intel SDM Vol. 3A 2.5, 4.1 (paging modes), 4.7 (I/D is reported only with SMEP or NXE).
 * Not modelled: paging modes other than PAE (CR4.PAE is 1), EFER.LME, CR4.PCIDE, CR4.PKE, CR4.CET.
 */
import { FETCH, USER, WRITE } from './access.ts';
import { CR0_PE, CR0_PG, CR0_WP, CR4_PAE, CR4_SMEP, EFER_NXE } from './control.ts';
import { PDPT_WORDS } from './pdpte.ts';
import { GREATEST_MAXPHYADDR, LEAST_MAXPHYADDR, reservedHigh } from './reserved.ts';
import { permissionTable } from './rights.ts';
import { AC, ALLOWED, ALLOWED_END, CR0, CR2, CR3, CR4, EFER, PDPTES, REPORTED, RESERVED_HIGH } from './state.ts';

export class Registers {
  private readonly s: Int32Array;
  readonly maxphyaddr: number;
  readonly pdptes: Int32Array;
  /** 1 where the mode permits an access, by mmu/rights `permission`. */
  readonly allowed: Int32Array;

  /**
   * @param s state of the MMU that they belong to
   * @throws RangeError for a MAXPHYADDR outside 36 to 52
   */
  constructor(maxphyaddr: number, s = new Int32Array(ALLOWED_END)) {
    if (!(maxphyaddr >= LEAST_MAXPHYADDR && maxphyaddr <= GREATEST_MAXPHYADDR))
      throw new RangeError(`MAXPHYADDR ${maxphyaddr} is not ${LEAST_MAXPHYADDR} to ${GREATEST_MAXPHYADDR}`);
    this.s = s;
    this.maxphyaddr = maxphyaddr;
    this.pdptes = s.subarray(PDPTES, PDPTES + PDPT_WORDS);
    this.allowed = s.subarray(ALLOWED, ALLOWED_END);
    this.cr0 = CR0_PE | CR0_PG | CR0_WP;
    this.cr4 = CR4_PAE;
    this.modeChanged();
  }

  get cr0(): number {
    return this.s[CR0]!;
  }
  set cr0(value: number) {
    this.s[CR0] = value;
  }

  /** Address of the last page fault, unsigned. */
  get cr2(): number {
    return this.s[CR2]! >>> 0;
  }
  set cr2(value: number) {
    this.s[CR2] = value;
  }

  get cr3(): number {
    return this.s[CR3]!;
  }
  set cr3(value: number) {
    this.s[CR3] = value;
  }

  get cr4(): number {
    return this.s[CR4]!;
  }
  set cr4(value: number) {
    this.s[CR4] = value;
  }

  get efer(): number {
    return this.s[EFER]!;
  }
  set efer(value: number) {
    this.s[EFER] = value;
  }

  /** EFLAGS.AC */
  get ac(): boolean {
    return this.s[AC] !== 0;
  }
  set ac(value: boolean) {
    this.s[AC] = value ? 1 : 0;
  }

  /** Reserved bits of the high word of a PDE or PTE. */
  get reservedHigh(): number {
    return this.s[RESERVED_HIGH]!;
  }
  set reservedHigh(value: number) {
    this.s[RESERVED_HIGH] = value;
  }

  /** Bits of an access that an error code reports. */
  get reported(): number {
    return this.s[REPORTED]!;
  }
  set reported(value: number) {
    this.s[REPORTED] = value;
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
