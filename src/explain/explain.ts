// SPDX-License-Identifier: GPL-2.0-only
/**
 * Explains one translation: the MMU makes it, from MOV CR3 on with nothing cached, and the way that it took is told from the entries.
 */
import { accessText } from '../../mmu/access.ts';
import { EFER_NXE } from '../../mmu/control.ts';
import { addressText, describeEntry } from '../../mmu/describe.ts';
import { pairText } from '../../mmu/entry.ts';
import type { Mmu } from '../../mmu/mmu.ts';
import { writeCr3 } from '../../mmu/mov-cr.ts';
import { bothRights } from '../../mmu/rights.ts';
import { setBits } from './control-names.ts';
import type { EntryText, Explanation, Part, Result, RightsText } from './explanation.ts';
import { isPaging, mapsLargePage, nameOf, type Path, pathOf, pdptOf, refusedLoad, rightsOfSteps, type Step } from './path.ts';
import { hex32, marksOf, pdeCacheEntryOf, rightsText, tlbEntryOf, translated } from './result.ts';
import { type EntryAt, type State, storeEntry } from './state.ts';

const NOT_MODELLED = [
  'what the TLBs and paging-structure caches held before: a stale translation may still be used (4.10)',
  'whether a walk that faults has set A in the entries before (4.8 leaves it open; here it has not)',
  'MTRRs and other values of IA32_PAT than those after reset: the memory type is by these alone (4.9.2)',
  'shadow stacks, EPT, SGX; protection keys do not exist with PAE paging (4.6.2)',
];

/** @param mmu of state.ts `machineOf`, fresh; @param access a sum of mmu/access bits */
export function explain(mmu: Mmu, state: State, entryAt: EntryAt, va: number, access: number): Explanation {
  const pdpt = isPaging(state) ? pdptOf(state, entryAt) : [];
  for (const step of pdpt) storeEntry(mmu, step.address, step);
  const loaded = writeCr3(mmu, state.cr3);
  const path = loaded ? pathOf(state, entryAt, va, access) : refusedLoad(pdpt, state);
  for (const step of path.steps) storeEntry(mmu, step.address, step);
  const result: Result = loaded ? translated(mmu, va, access) : { kind: 'general-protection', errorCode: 0 };
  return {
    access: accessText(access),
    address: hex32(va),
    registers: registersOf(state),
    ac: state.ac,
    maxphyaddr: state.maxphyaddr,
    parts: isPaging(state) ? partsOf(va, path.steps.some(mapsLargePage)) : [],
    entries: path.steps.map((step) => entryText(step, state)),
    rights: rightsTable(path),
    rules: path.rules,
    stop: path.stop,
    result,
    // What the translation has left behind.
    marks: marksOf(mmu, path.steps),
    tlb: tlbEntryOf(mmu, va, access),
    pdeCache: pdeCacheEntryOf(mmu, va),
    notModelled: NOT_MODELLED,
  };
}

const registersOf = ({ cr0, cr3, cr4, efer }: State): Explanation['registers'] => [
  { name: 'CR0', value: hex32(cr0), set: setBits('cr0', cr0) },
  { name: 'CR3', value: hex32(cr3), set: [] },
  { name: 'CR4', value: hex32(cr4), set: setBits('cr4', cr4) },
  { name: 'IA32_EFER', value: hex32(efer), set: setBits('efer', efer) },
];

function partsOf(va: number, large: boolean): Part[] {
  const part = (top: number, bottom: number, selects: (value: number) => string): Part => {
    const width = top - bottom + 1;
    const value = (va >>> bottom) & ((1 << width) - 1);
    return { bits: `${top}..${bottom}`, binary: value.toString(2).padStart(width, '0'), value, selects: selects(value) };
  };
  const parts = [part(31, 30, (i) => `PDPTE ${i}`), part(29, 21, (i) => `PDE ${i}`)];
  if (large) return [...parts, part(20, 0, (i) => `byte ${addressText(i)}`)];
  return [...parts, part(20, 12, (i) => `PTE ${i}`), part(11, 0, (i) => `byte ${addressText(i)}`)];
}

function entryText(step: Step, { maxphyaddr, efer }: State): EntryText {
  const { level, address, table, index, lo, hi, given } = step;
  return {
    name: nameOf(step),
    address: addressText(address),
    table: addressText(table),
    index,
    value: pairText(lo, hi),
    given,
    decoded: describeEntry(level, lo, hi, maxphyaddr, (efer & EFER_NXE) !== 0),
  };
}

/** Of the levels that give rights, and of both together; empty where the walk ends before. */
function rightsTable({ steps, rules }: Path): RightsText[] {
  if (rules.length === 0) return [];
  const levels = rightsOfSteps(steps);
  const rows = levels.map((l) => ({ of: l.level, ...rightsText(l.rights) }));
  if (levels.length === 1) return rows;
  return [...rows, { of: 'together', ...rightsText(bothRights(levels[0]!.rights, levels[1]!.rights)) }];
}
