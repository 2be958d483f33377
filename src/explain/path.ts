// SPDX-License-Identifier: GPL-2.0-only
/**
 * The way of one translation through the entries: which ones are looked at, and where and why it stops. It is made from the entries alone, beside the
 * walker; that the two agree is what test/explain shows.
 */
import { CR0_PG, CR3_PDPT, EFER_NXE } from '../../mmu/control.ts';
import { entryAddress, type Level, reservedBits } from '../../mmu/describe.ts';
import { PAGE_SIZE_2M, PRESENT } from '../../mmu/entry.ts';
import { isBadPdpte } from '../../mmu/pdpte.ts';
import { rightsOf } from '../../mmu/rights.ts';
import { type Rule, rulesFor } from './rules.ts';
import type { Entry, EntryAt, State } from './state.ts';

/** RAM ends here. */
const END_OF_MEMORY = 2 ** 44;

/** One entry that is looked at. */
export interface Step extends Entry {
  level: Level;
  /** Physical address of the table, and the number of the entry in it. */
  table: number;
  index: number;
  address: number;
  /** Known, and not taken to be zero. */
  given: boolean;
}

export interface Stop {
  /** "PTE 5", or the instruction that faults before any walk. */
  at: string;
  kind: 'not-present' | 'reserved' | 'rights' | 'no-memory';
  /** With the section of the manual. */
  why: string;
}

export interface Path {
  /** From the PDPTE on. */
  steps: Step[];
  /** Empty where the walk does not get as far as the rights. */
  rules: Rule[];
  stop: Stop | null;
}

const NAMES: Record<Level, string> = { pdpte: 'PDPTE', pde: 'PDE', pte: 'PTE' };

/** "PDE 5" */
export const nameOf = ({ level, index }: Step): string => `${NAMES[level]} ${index}`;

export const mapsLargePage = ({ level, lo }: Step): boolean => level === 'pde' && (lo & PRESENT) !== 0 && (lo & PAGE_SIZE_2M) !== 0;

function stepTo(entryAt: EntryAt, level: Level, table: number, index: number): Step {
  const address = table + 8 * index;
  const entry = entryAt(address);
  return { level, table, index, address, given: entry !== null, ...(entry ?? { lo: 0, hi: 0 }) };
}

/** The four entries of the PDPT. */
export const pdptOf = ({ cr3 }: State, entryAt: EntryAt): Step[] =>
  [0, 1, 2, 3].map((i) => stepTo(entryAt, 'pdpte', (cr3 & CR3_PDPT) >>> 0, i));

/** What stops the walk at an entry, rights apart. */
function stopAt(step: Step, state: State): Stop | null {
  const { level, lo, hi } = step;
  if ((lo & PRESENT) === 0) return { at: nameOf(step), kind: 'not-present', why: `4.7: P=0 in the ${NAMES[level]}` };
  // A PDPTE was checked when CR3 was loaded.
  const reserved = level === 'pdpte' ? '' : reservedBits(level, lo, hi, state.maxphyaddr, (state.efer & EFER_NXE) !== 0);
  if (reserved === '') return null;
  const table = level === 'pte' ? '4-11' : mapsLargePage(step) ? '4-9' : '4-10';
  return { at: nameOf(step), kind: 'reserved', why: `4.7: reserved bits set in the ${NAMES[level]}: ${reserved} (table ${table})` };
}

function beyondMemory(step: Step, state: State): Stop | null {
  if (entryAddress(step.level, step.lo, step.hi, state.maxphyaddr) < END_OF_MEMORY) return null;
  const why = `the ${NAMES[step.level]} leads to 2^44 or beyond, where this machine has no memory`;
  return { at: nameOf(step), kind: 'no-memory', why };
}

/** MOV CR3 has not accepted the table: no walk. */
export function refusedLoad(pdpt: Step[], { maxphyaddr }: State): Path {
  const bad = pdpt.filter((step) => isBadPdpte(step.lo, step.hi, maxphyaddr)).map(nameOf);
  return { steps: pdpt, rules: [], stop: { at: 'MOV CR3', kind: 'reserved', why: `4.4.1: reserved bits set in ${bad.join(', ')}` } };
}

/** For a machine whose PDPTEs are loaded; without paging there is nothing on the way. */
export function pathOf(state: State, entryAt: EntryAt, va: number, access: number): Path {
  if (!isPaging(state)) return { steps: [], rules: [], stop: null };
  let step = pdptOf(state, entryAt)[va >>> 30]!;
  const steps = [step];
  for (;;) {
    const last = step.level === 'pte' || mapsLargePage(step);
    const stop = stopAt(step, state) ?? (last ? null : beyondMemory(step, state));
    if (stop !== null) return { steps, rules: [], stop };
    if (last) break;
    const table = entryAddress(step.level, step.lo, step.hi, state.maxphyaddr);
    step = step.level === 'pdpte' ? stepTo(entryAt, 'pde', table, (va >>> 21) & 511) : stepTo(entryAt, 'pte', table, (va >>> 12) & 511);
    steps.push(step);
  }
  const rules = rulesFor(access, rightsOfSteps(steps), state);
  const refused = rules.filter((r) => !r.allows);
  if (refused.length === 0) return { steps, rules, stop: beyondMemory(step, state) };
  return { steps, rules, stop: { at: nameOf(step), kind: 'rights', why: refused.map((r) => `4.6.1: ${r.why}`).join('; ') } };
}

/** A PDPTE gives no rights and takes none. */
export const rightsOfSteps = (steps: readonly Step[]): { level: string; rights: number }[] =>
  steps.filter((s) => s.level !== 'pdpte').map((s) => ({ level: NAMES[s.level], rights: rightsOf(s.lo, s.hi) }));

export const isPaging = ({ cr0 }: State): boolean => (cr0 & CR0_PG) !== 0;
