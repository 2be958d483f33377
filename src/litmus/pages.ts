// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page tables of a litmus program that accesses memory through pages: real ones, one table for all pages. It names the low half of the
 * entry of page x `pte_x`, and the first word of frame k, which lies at 0x1000 * (k + 1), `fk`.
 */
import type { Machine } from '../../cpu/machine.ts';
import { ACCESSED, PRESENT, pfnLow, USER, WRITE } from '../../mmu/entry.ts';
import { ANON, KERNEL, PMD_TABLE, PTE_TABLE, setFrame } from '../../mmu/frames.ts';
import { writeWord } from '../../mmu/journal.ts';
import { backFrame, frameOfSlot, type PhysMem, pfnOfSlot, slotOfWord } from '../../mmu/phys-mem.ts';
import { NULL, type Pfn, type Ptr } from '../../mmu/types.ts';
import { allOps, type LitmusProgram } from './program.ts';

const PDPT = 0x100 as Pfn;
const DIRECTORY = 0x101 as Pfn;
const TABLE = 0x102 as Pfn;

/** Frames that a program may use, its tables among them. */
export const MOST_FRAMES = 16;

/** The last frame that has a name: f9. */
export const LAST_FRAME = 9;

/** The register of an access that faults holds this. */
export const FAULTED = 0xf0;

/** Does the program access memory through a page? */
export const translates = (program: LitmusProgram): boolean => allOps(program).some((op) => op.va !== undefined);

/** Every value that the program gives an entry itself. */
function entryValues(program: LitmusProgram, name: string): number[] {
  const stored = allOps(program).flatMap((op) => (op.loc === name && op.imm !== undefined ? [op.imm] : []));
  return [...(program.init[name] === undefined ? [] : [program.init[name]]), ...stored];
}

export const isEntry = (name: string): boolean => /^pte_[a-z]$/.test(name);

/** The entries that the program gives, at some time, a value with P set and A clear: a walk may set A in them. */
export const unaccessed = (program: LitmusProgram): string[] =>
  Object.keys(program.init).filter(
    (name) => isEntry(name) && entryValues(program, name).some((v) => (v & (PRESENT | ACCESSED)) === PRESENT),
  );

/** The frames that its entries lead to, as far as they have names: there is memory in all of them. */
export const framesIn = (program: LitmusProgram): string[] =>
  Object.keys(program.init)
    .filter(isEntry)
    .flatMap((name) => entryValues(program, name))
    .map((v) => (v >>> 12) - 1)
    .filter((k) => k >= 0 && k <= LAST_FRAME)
    .map((k) => `f${k}`);

/** Linear address of a page. */
export const addressOf = (page: string): number => (page.charCodeAt(0) - 'a'.charCodeAt(0)) << 12;

/** Where the record's locations lie that are entries or frames; null for any other. */
export function pageWord(mem: PhysMem, name: string): Ptr | null {
  const entry = /^pte_([a-z])$/.exec(name);
  if (entry !== null) return (tableFrame(mem, TABLE, PTE_TABLE) + (addressOf(entry[1]!) >>> 12) * 2) as Ptr;
  const frame = /^f(\d)$/.exec(name);
  return frame === null ? null : tableFrame(mem, (Number(frame[1]) + 1) as Pfn, ANON);
}

/** k for a word of the frame fk. */
export const frameNamed = (mem: PhysMem, p: Ptr): number => pfnOfSlot(mem, slotOfWord(mem, p)) - 1;

function tableFrame(mem: PhysMem, pfn: Pfn, kind: number): Ptr {
  const slot = backFrame(mem, pfn);
  setFrame(mem, slot, kind, NULL, 0);
  return frameOfSlot(mem, slot);
}

/** Every vCPU runs on the same tables. */
export function loadTables(m: Machine): void {
  const { mem } = m;
  writeWord(mem, tableFrame(mem, PDPT, KERNEL), pfnLow(DIRECTORY) | PRESENT);
  writeWord(mem, tableFrame(mem, DIRECTORY, PMD_TABLE), pfnLow(TABLE) | PRESENT | WRITE | USER | ACCESSED);
  for (const tlb of m.tlbs) tlb.loadCr3(pfnLow(PDPT));
}

/** What MOV CR3 writes. */
export const CR3 = pfnLow(PDPT);
