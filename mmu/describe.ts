// SPDX-License-Identifier: GPL-2.0-only
/**
 * Paging-structure entries in words: "P R/W U/S A D; frame 0x112345000; WB (PAT index 0)", by the names of the manual.
 *
 * Reference: Intel SDM Vol. 3A 4.4.1, table 4-8 (PDPTE); 4.4.2, tables 4-9 to 4-11 (PDE, PTE); 4.9.2 (which bits make the index into IA32_PAT).
 */
import { EFER_NXE } from './control.ts';
import { FRAME_LOW_2M, NX_HIGH, PAGE_SIZE_2M, PCD, PRESENT, PWT } from './entry.ts';
import { memoryType, patIndex } from './memory-type.ts';
import { RESERVED_LOW_2M, RESERVED_LOW_PDPTE, reservedHigh, reservedHighPdpte } from './reserved.ts';

export type Level = 'pdpte' | 'pde' | 'pte';
/** What an entry is: a PDE maps 2 MiB or refers to a page table. */
type Kind = 'pdpte' | 'table' | '2m' | '4k';

/** Names of bits 0 to 12, as far as each kind has them; XD is bit 63. */
const FLAGS: Record<Kind, readonly string[]> = {
  pdpte: ['P', '', '', 'PWT', 'PCD'],
  table: ['P', 'R/W', 'U/S', 'PWT', 'PCD', 'A'],
  '2m': ['P', 'R/W', 'U/S', 'PWT', 'PCD', 'A', 'D', 'PS', 'G', '', '', '', 'PAT'],
  '4k': ['P', 'R/W', 'U/S', 'PWT', 'PCD', 'A', 'D', 'PAT', 'G'],
};

/** Bits that the processor ignores, most of them used by software. */
const IGNORED: Record<Kind, number> = { pdpte: 0xe00, table: 0xf40, '2m': 0xe00, '4k': 0xe00 };

const LEADS_TO: Record<Kind, string> = { pdpte: 'page directory', table: 'page table', '2m': '2 MiB frame', '4k': 'frame' };

function kindOf(level: Level, lo: number): Kind {
  if (level === 'pdpte') return 'pdpte';
  if (level === 'pte') return '4k';
  return (lo & PAGE_SIZE_2M) === 0 ? 'table' : '2m';
}

/** "PWT PCD" for the flag bits that are set; a bit that is reserved in the entry is none. */
export function entryFlags(level: Level, lo: number, hi: number, nxe: boolean): string[] {
  const names = FLAGS[kindOf(level, lo)].filter((name, i) => name !== '' && (lo & (1 << i)) !== 0);
  if (level !== 'pdpte' && nxe && (hi & NX_HIGH) !== 0) names.push('XD');
  return names;
}

/** "39:36, 13": the bits of a pair that are set, as ranges from the top. */
export function bitRanges(lo: number, hi: number): string {
  const ranges: string[] = [];
  const isSet = (bit: number): boolean => ((bit < 32 ? lo >>> bit : hi >>> (bit - 32)) & 1) !== 0;
  for (let top = 63; top >= 0; top--) {
    if (!isSet(top)) continue;
    let bottom = top;
    while (bottom > 0 && isSet(bottom - 1)) bottom--;
    ranges.push(top === bottom ? `${top}` : `${top}:${bottom}`);
    top = bottom;
  }
  return ranges.join(', ');
}

/** The reserved bits that are set in an entry, as ranges; empty where none is. */
export function reservedBits(level: Level, lo: number, hi: number, maxphyaddr: number, nxe: boolean): string {
  const kind = kindOf(level, lo);
  const low = kind === 'pdpte' ? RESERVED_LOW_PDPTE : kind === '2m' ? RESERVED_LOW_2M : 0;
  const high = kind === 'pdpte' ? reservedHighPdpte(maxphyaddr) : reservedHigh(maxphyaddr, nxe ? EFER_NXE : 0);
  return bitRanges(lo & low, hi & high);
}

/** Physical address that an entry leads to: its address bits below MAXPHYADDR. */
export function entryAddress(level: Level, lo: number, hi: number, maxphyaddr: number): number {
  const low = kindOf(level, lo) === '2m' ? FRAME_LOW_2M : -1 << 12;
  return (hi & ~reservedHighPdpte(maxphyaddr)) * 2 ** 32 + ((lo & low) >>> 0);
}

/** 0x112345000 */
export const addressText = (address: number): string => `0x${address.toString(16)}`;

/** An entry for people, on one line; of one that is not present the processor looks at no other bit. */
export function describeEntry(level: Level, lo: number, hi: number, maxphyaddr: number, nxe: boolean): string {
  if ((lo & PRESENT) === 0) return 'not present';
  const kind = kindOf(level, lo);
  const pat = kind === '2m' || kind === '4k' ? patIndex(lo, kind === '2m') : (lo & (PWT | PCD)) >>> 3;
  const reserved = reservedBits(level, lo, hi, maxphyaddr, nxe);
  const ignored = bitRanges(lo & IGNORED[kind], 0);
  const parts = [
    entryFlags(level, lo, hi, nxe).join(' '),
    `${LEADS_TO[kind]} ${addressText(entryAddress(level, lo, hi, maxphyaddr))}`,
    `${memoryType(pat)} (PAT index ${pat})`,
  ];
  if (reserved !== '') parts.push(`reserved bits set: ${reserved}`);
  if (ignored !== '') parts.push(`ignored bits set: ${ignored}`);
  return parts.join('; ');
}
