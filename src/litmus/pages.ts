// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page tables of a litmus record that accesses memory through pages: real ones, one table for all pages. The record names the low half of the
 * entry of page x `pte_x`, and the first word of frame k, which lies at 0x1000 * (k + 1), `fk`.
 */
import type { Machine } from '../../cpu/machine.ts';
import { ACCESSED, PRESENT, pfnLow, USER, WRITE } from '../../mmu/entry.ts';
import { ANON, KERNEL, PMD_TABLE, PTE_TABLE, setFrame } from '../../mmu/frames.ts';
import { writeWord } from '../../mmu/journal.ts';
import { backFrame, frameOfSlot, type PhysMem } from '../../mmu/phys-mem.ts';
import { NULL, type Pfn, type Ptr } from '../../mmu/types.ts';
import type { LitmusRecord } from './record.ts';

const PDPT = 0x100 as Pfn;
const DIRECTORY = 0x101 as Pfn;
const TABLE = 0x102 as Pfn;

/** Frames that a record may use, beside its tables. */
export const MOST_FRAMES = 16;

/** The register of an access that faults holds this. */
export const FAULTED = 0xf0;

/** Does the program access memory through a page? */
export const translates = (record: LitmusRecord): boolean =>
  [...record.threads, ...(record.handlers ?? [])].flat().some((op) => op.va !== undefined);

/** The entries that the record gives, at some time, a value with P set and A clear: a walk may set A in them. */
export function unaccessed(record: LitmusRecord): string[] {
  const clears = (v: number | undefined): boolean => v !== undefined && (v & (PRESENT | ACCESSED)) === PRESENT;
  const ops = [...record.threads, ...(record.handlers ?? [])].flat();
  return Object.keys(record.init).filter(
    (name) => name.startsWith('pte_') && (clears(record.init[name]) || ops.some((op) => op.loc === name && clears(op.imm))),
  );
}

/** Linear address of a page. */
export const addressOf = (page: string): number => (page.charCodeAt(0) - 'a'.charCodeAt(0)) << 12;

/** Where the record's locations lie that are entries or frames; null for any other. */
export function pageWord(mem: PhysMem, name: string): Ptr | null {
  const entry = /^pte_([a-z])$/.exec(name);
  if (entry !== null) return (tableFrame(mem, TABLE, PTE_TABLE) + (addressOf(entry[1]!) >>> 12) * 2) as Ptr;
  const frame = /^f(\d)$/.exec(name);
  return frame === null ? null : tableFrame(mem, (Number(frame[1]) + 1) as Pfn, ANON);
}

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
