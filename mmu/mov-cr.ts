// SPDX-License-Identifier: GPL-2.0-only
/**
 * MOV to control registers, WRMSR to IA32_EFER and changes of EFLAGS.AC, as far as translation goes: what is checked, what is removed from the TLBs,
 * and when the PDPTE registers are loaded. A MOV that raises #GP(0) changes nothing.
 *
 * Reference: Intel SDM Vol. 2 MOV (control registers), Vol. 3A 4.4.1, 4.10.4.1.
 * Not modelled: leaving PAE paging for 32-bit paging (CR4.PAE stays 1), and the bits of CR0 and CR4 that translation does not know.
 */
import { CR0_CD, CR0_NW, CR0_PE, CR0_PG, CR4_PAE } from './control.ts';
import { DROP_ALL, LOAD_PDPTES, ON_MOV_CR3, onMovCr0, onMovCr4 } from './invalidation.ts';
import type { Mmu } from './mmu.ts';
import { loadPdptes, PDPT_WORDS, pdptFrame, pdptWord } from './pdpte.ts';
import { findSlot } from './slots.ts';
import { FRAME_WORDS } from './types.ts';

/** Loads the PDPTE registers from where `cr3` points. @returns false for #GP(0) */
function load(mmu: Mmu, cr3: number): boolean {
  const { mem, regs } = mmu;
  const slot = findSlot(mem.slots, pdptFrame(cr3));
  if (slot < 0) {
    regs.pdptes.fill(0, 0, PDPT_WORDS); // never touched: zero
    return true;
  }
  return loadPdptes(regs.pdptes, mem.words, ((mem.frameBase + slot * FRAME_WORDS + pdptWord(cr3)) | 0) >>> 0, regs.maxphyaddr);
}

/** @returns false for #GP(0) */
export function writeCr3(mmu: Mmu, value: number): boolean {
  if (mmu.regs.paging && !load(mmu, value)) return false;
  mmu.regs.cr3 = value | 0;
  mmu.invalidate(ON_MOV_CR3, 0);
  return true;
}

/** @returns false for #GP(0): paging without protection, NW without CD, or a PDPTE with a reserved bit */
export function writeCr0(mmu: Mmu, value: number): boolean {
  const { regs } = mmu;
  if ((value & CR0_PG) !== 0 && (value & CR0_PE) === 0) return false;
  if ((value & CR0_NW) !== 0 && (value & CR0_CD) === 0) return false;
  const drops = onMovCr0(regs.cr0 ^ value, value);
  if ((drops & LOAD_PDPTES) !== 0 && !load(mmu, regs.cr3)) return false;
  regs.cr0 = value | 0;
  changeMode(mmu, drops);
  return true;
}

/** @returns false for #GP(0): a PDPTE with a reserved bit. @throws RangeError if CR4.PAE is clear */
export function writeCr4(mmu: Mmu, value: number): boolean {
  const { regs } = mmu;
  if ((value & CR4_PAE) === 0) throw new RangeError('CR4.PAE = 0 is not modelled');
  const drops = onMovCr4(regs.cr4 ^ value, value, regs.paging);
  if ((drops & LOAD_PDPTES) !== 0 && !load(mmu, regs.cr3)) return false;
  regs.cr4 = value | 0;
  changeMode(mmu, drops);
  return true;
}

/** WRMSR to IA32_EFER: removes nothing from the TLBs. */
export function writeEfer(mmu: Mmu, value: number): void {
  mmu.regs.efer = value | 0;
  changeMode(mmu, 0);
}

/** STAC, CLAC and POPF. */
export function setAc(mmu: Mmu, ac: boolean): void {
  mmu.regs.ac = ac;
  changeMode(mmu, 0);
}

/**
 * The front holds what the old mode permitted. A MOV to CR0 or CR4 that loads the PDPTE registers need not remove what was translated through the old
 * ones, but a processor may remove a translation at any time, and this one does it then: what it uses fits its registers.
 */
function changeMode(mmu: Mmu, drops: number): void {
  mmu.regs.modeChanged();
  mmu.front.dropAll();
  mmu.invalidate((drops & LOAD_PDPTES) === 0 ? drops : drops | DROP_ALL, 0);
}
