// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a translation has left behind, read from the MMU that made it: its result, the flags in memory, what the caches hold.
 */
import { FETCH } from '../../mmu/access.ts';
import { addressText, entryFlags } from '../../mmu/describe.ts';
import { pairText } from '../../mmu/entry.ts';
import { FAULT_FETCH, FAULT_PRESENT, FAULT_RESERVED, FAULT_USER, FAULT_WRITE, NO_FAULT, NO_MEMORY } from '../../mmu/fault.ts';
import { memoryType } from '../../mmu/memory-type.ts';
import type { Mmu } from '../../mmu/mmu.ts';
import { type PhysMem, pfnOfSlot, slotOfWord } from '../../mmu/phys-mem.ts';
import { MAY_USER, MAY_WRITE, NO_FETCH } from '../../mmu/rights.ts';
import { INFO, LEADS_TO } from '../../mmu/state.ts';
import { INFO_DIRTY, INFO_TYPE_SHIFT, TAG_2M, TAG_GLOBAL } from '../../mmu/tlb-entry.ts';
import type { Ptr } from '../../mmu/types.ts';
import type { Mark, PdeCacheText, Result, TlbEntryText } from './explanation.ts';
import { nameOf, type Step } from './path.ts';
import { loadEntry } from './state.ts';

/** A register or a linear address. */
export const hex32 = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

/** Translates, and tells what came of it. */
export function translated(mmu: Mmu, va: number, access: number): Result {
  const at = mmu.translate(va, access);
  const fault = mmu.takeFault();
  if (fault === NO_MEMORY) return { kind: 'no-memory' };
  if (fault !== NO_FAULT) return pageFault(fault, access, mmu.regs.cr2);
  const frame = pfnOfSlot(mmu.mem, slotOfWord(mmu.mem, (at >>> 0) as Ptr));
  return { kind: 'translated', physical: addressText(frame * 4096 + (va & 4095)) };
}

function pageFault(errorCode: number, access: number, cr2: number): Result {
  const bit = (name: string, mask: number, one: string, zero: string) => {
    const value = (errorCode & mask) === 0 ? 0 : 1;
    return { name, value, means: value === 1 ? one : zero };
  };
  const noFetch =
    (access & FETCH) === 0 ? 'not an instruction fetch' : 'a fetch, which is reported only with CR4.SMEP=1 or IA32_EFER.NXE=1';
  const bits = [
    bit('P', FAULT_PRESENT, 'caused by rights or by a reserved bit', 'caused by an entry that is not present'),
    bit('W/R', FAULT_WRITE, 'a write', 'not a write'),
    bit('U/S', FAULT_USER, 'a user-mode access', 'a supervisor-mode access'),
    bit('RSVD', FAULT_RESERVED, 'a reserved bit is set', 'no reserved bit is set'),
    bit('I/D', FAULT_FETCH, 'an instruction fetch', noFetch),
  ];
  return { kind: 'page-fault', errorCode, bits, cr2: hex32(cr2), linux: linuxText(errorCode) };
}

/** As show_fault_oops() of Linux says it (arch/x86/mm/fault.c). */
function linuxText(errorCode: number): string {
  const is = (mask: number): boolean => (errorCode & mask) !== 0;
  const reason = !is(FAULT_PRESENT) ? 'not-present page' : is(FAULT_RESERVED) ? 'reserved bit violation' : 'permissions violation';
  return `#PF: error_code(0x${errorCode.toString(16).padStart(4, '0')}) - ${reason}`;
}

/** Flags that the walk has set in entries of its way. */
export function marksOf(mmu: Mmu, steps: readonly Step[]): Mark[] {
  const marks: Mark[] = [];
  for (const step of steps) {
    const after = loadEntry(mmu, step.address);
    const set = after.lo & ~step.lo;
    if (set === 0) continue;
    const flags = entryFlags('pte', set, 0, false);
    marks.push({ name: nameOf(step), flags, before: pairText(step.lo, step.hi), after: pairText(after.lo, after.hi) });
  }
  return marks;
}

export const rightsText = (rights: number): { rw: number; us: number; xd: number } => ({
  rw: (rights & MAY_WRITE) === 0 ? 0 : 1,
  us: (rights & MAY_USER) === 0 ? 0 : 1,
  xd: (rights & NO_FETCH) === 0 ? 0 : 1,
});

/** What the TLB holds for the address. */
export function tlbEntryOf({ tlb, state, mem }: Mmu, va: number, access: number): TlbEntryText | null {
  const i = tlb.findFirst(va, access);
  if (i < 0) return null;
  const tag = state[i]!;
  const info = state[i + INFO]!;
  const leadsTo = state[i + LEADS_TO]! >>> 0;
  const large = (tag & TAG_2M) !== 0;
  const patIndex = info >>> INFO_TYPE_SHIFT;
  return {
    page: hex32(va & (large ? -1 << 21 : -1 << 12)),
    size: large ? '2 MiB' : '4 KiB',
    frame: large ? addressText(leadsTo * 4096) : frameText(mem, leadsTo),
    ...rightsText(info),
    dirty: (info & INFO_DIRTY) !== 0,
    global: (tag & TAG_GLOBAL) !== 0,
    memoryType: memoryType(patIndex),
    patIndex,
  };
}

/** What the paging-structure cache holds for the address. */
export function pdeCacheEntryOf({ pdes, state, mem }: Mmu, va: number): PdeCacheText | null {
  const i = pdes.find(va);
  if (i < 0) return null;
  return { region: hex32(va & (-1 << 21)), table: frameText(mem, state[i + LEADS_TO]! >>> 0), ...rightsText(state[i + INFO]!) };
}

/** Physical address of the frame that begins with a word. */
const frameText = (mem: PhysMem, word: number): string => addressText(pfnOfSlot(mem, slotOfWord(mem, word as Ptr)) * 4096);
