// SPDX-License-Identifier: GPL-2.0-only
/**
 * The PAE page walk, as the hardware does it: 8 bytes of each entry at once.
 *
 *   31..30  2 bits  PDPTE register
 *   29..21  9 bits  page-directory entry
 *   20..12  9 bits  page-table entry
 *   11..0  12 bits  offset
 *
 * Reference: Intel SDM Vol. 3A 4.4.2 (PAE paging), 4.6 (access rights), 4.7 (page faults).
 * Not modelled: TLB and paging-structure caches, setting of A and D, SMEP, SMAP, CR0.WP = 0, PAT and memory types.
 */
import { entryPfn, NX_HIGH, PAGE_SIZE_2M, PRESENT, USER, WRITE } from './entry.ts';
import { frameOfSlot, type PhysMem, slotOf } from './phys-mem.ts';
import type { Pfn } from './types.ts';

/** Page-fault error code bits. */
export const FAULT_PRESENT = 1 << 0;
export const FAULT_WRITE = 1 << 1;
export const FAULT_USER = 1 << 2;
export const FAULT_RESERVED = 1 << 3;
export const FAULT_FETCH = 1 << 4;

export interface Access {
  kind: 'read' | 'write' | 'fetch';
  privilege: 'user' | 'supervisor';
}

/** Where a walk ended. */
export type Walk =
  | { kind: 'page'; pfn: Pfn; size: '4K' | '2M'; level: 1 | 2 }
  | { kind: 'fault'; errorCode: number; level: 1 | 2 | 3 }
  /** The structure to read lies in a frame that is no memory. */
  | { kind: 'no-memory'; pfn: Pfn };

/**
 * @param pdpte the four PDPTE registers, low and high word each
 * @param maxphyaddr 36 to 52: frame bits above are reserved
 */
export function walk(mem: PhysMem, pdpte: Int32Array, va: number, access: Access, maxphyaddr = 36): Walk {
  const reservedHigh = ~((1 << (maxphyaddr - 32)) - 1) & 0x7fffffff;
  const fault = (bits: number, level: 1 | 2 | 3): Walk => ({ kind: 'fault', errorCode: bits | accessBits(access), level });

  const top = va >>> 30;
  if ((pdpte[top * 2]! & PRESENT) === 0) return fault(0, 3);

  const directory = slotOf(mem, entryPfn(pdpte[top * 2]!, pdpte[top * 2 + 1]!));
  if (directory < 0) return { kind: 'no-memory', pfn: entryPfn(pdpte[top * 2]!, pdpte[top * 2 + 1]!) };
  const pde = frameOfSlot(mem, directory) + ((va >>> 21) & 511) * 2;
  const pdeLo = mem.words[pde]!;
  const pdeHi = mem.words[pde + 1]!;
  if ((pdeLo & PRESENT) === 0) return fault(0, 2);
  const big = (pdeLo & PAGE_SIZE_2M) !== 0;
  if ((pdeHi & reservedHigh) !== 0 || (big && (pdeLo & 0x1fe000) !== 0)) return fault(FAULT_PRESENT | FAULT_RESERVED, 2);
  if (big) {
    if (!allowed(pdeLo, pdeHi, access)) return fault(FAULT_PRESENT, 2);
    return { kind: 'page', pfn: (entryPfn(pdeLo, pdeHi) + ((va >>> 12) & 511)) as Pfn, size: '2M', level: 2 };
  }

  const table = slotOf(mem, entryPfn(pdeLo, pdeHi));
  if (table < 0) return { kind: 'no-memory', pfn: entryPfn(pdeLo, pdeHi) };
  const pte = frameOfSlot(mem, table) + ((va >>> 12) & 511) * 2;
  const pteLo = mem.words[pte]!;
  const pteHi = mem.words[pte + 1]!;
  if ((pteLo & PRESENT) === 0) return fault(0, 1);
  if ((pteHi & reservedHigh) !== 0) return fault(FAULT_PRESENT | FAULT_RESERVED, 1);
  // Rights are the and of both levels; NX the or.
  if (!allowed(pdeLo & pteLo, pdeHi | pteHi, access)) return fault(FAULT_PRESENT, 1);
  return { kind: 'page', pfn: entryPfn(pteLo, pteHi), size: '4K', level: 1 };
}

function allowed(lo: number, hi: number, access: Access): boolean {
  if (access.privilege === 'user' && (lo & USER) === 0) return false;
  if (access.kind === 'write' && (lo & WRITE) === 0) return false;
  return access.kind !== 'fetch' || (hi & NX_HIGH) === 0;
}

function accessBits(access: Access): number {
  const rw = access.kind === 'write' ? FAULT_WRITE : access.kind === 'fetch' ? FAULT_FETCH : 0;
  return rw | (access.privilege === 'user' ? FAULT_USER : 0);
}
