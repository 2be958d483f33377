// SPDX-License-Identifier: GPL-2.0-only
/**
 * Looks up where an address is mapped, as the walker would, and changes nothing: no A or D, no TLB.
 *
 * Reference: Linux v6.6 arch/x86/mm/pat/set_memory.c, lookup_address(), for the idea; Intel SDM Vol. 3A 4.4.2.
 */
import { createState } from './bank.ts';
import { NO_FAULT } from './fault.ts';
import { SKYLAKE } from './geometry.ts';
import { PdeCache } from './pde-cache.ts';
import type { PhysMem } from './phys-mem.ts';
import { Registers } from './registers.ts';
import { TAG_2M } from './tlb-entry.ts';
import type { Pfn, Ptr } from './types.ts';
import { Walker } from './walker.ts';

export class Probe {
  private readonly mem: PhysMem;
  private readonly regs: Registers;
  private readonly pdes: PdeCache;
  private readonly walker: Walker;

  constructor(mem: PhysMem, maxphyaddr = 36) {
    this.mem = mem;
    const s = createState(SKYLAKE);
    this.regs = new Registers(maxphyaddr, s);
    this.pdes = new PdeCache(s);
    this.walker = new Walker(mem, s);
    this.walker.marking = false;
  }

  /** Frame that the address is mapped to, or null. @param pdpt first word of the four PDPTEs */
  pageAt(pdpt: Ptr, va: number, access: number): Pfn | null {
    const { pdptes } = this.regs;
    for (let i = 0; i < pdptes.length; i++) pdptes[i] = this.mem.words[pdpt + i]!;
    this.pdes.dropAll();
    if (this.walker.walk(va, access) !== NO_FAULT) return null;
    return ((this.walker.pfn >>> 0) + ((this.walker.kind & TAG_2M) !== 0 ? (va >>> 12) & 511 : 0)) as Pfn;
  }
}
