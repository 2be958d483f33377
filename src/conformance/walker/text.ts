// SPDX-License-Identifier: GPL-2.0-only
/**
 * A page-walk vector on which the machine differs, for people: registers, entries and access of each step up to the one that differs, what was
 * observed and what the machine did.
 */
import { CR0_WP, CR3_PDPT, CR4_PGE, CR4_PSE, CR4_SMAP, CR4_SMEP, EFER_NXE } from '../../../mmu/control.ts';
import { describeEntry, entryAddress, type Level } from '../../../mmu/describe.ts';
import { pairText } from '../../../mmu/entry.ts';
import { errorCodeText } from '../../../mmu/fault.ts';
import { hexOf, type Pair } from '../field.ts';
import type { StepDifference } from './compare.ts';
import type { Act, Mode, Operation, Outcome, Step, WalkerRecord } from './record.ts';

const PDPT_BYTES = 32;

const OPERATIONS: Record<Operation, string> = {
  read: 'read',
  write: 'write',
  fetch: 'instruction fetch',
  xadd: 'locked read-modify-write',
  cmpxchg: 'LOCK CMPXCHG that does not match',
  add: 'ADD without LOCK',
  ldtr: 'implicit read of a descriptor',
  ldtw: 'implicit read and write of a descriptor',
};

const ACTS: Record<Act, string> = {
  movcr3: 'MOV CR3',
  invlpg: 'INVLPG of the address',
  none: 'no invalidation',
  pge: 'CR4.PGE changed and changed back',
  pse: 'CR4.PSE changed and changed back',
  smep: 'CR4.SMEP changed and changed back',
  smap: 'CR4.SMAP changed and changed back',
  wp: 'CR0.WP changed and changed back',
  cd: 'CR0.CD changed and changed back',
};

const REFERENCES: Record<string, string> = { bochs: 'Bochs', qemu: 'QEMU', sdm: 'the manual' };

export function differenceText(record: WalkerRecord, { step: last, outcome, wrong }: StepDifference): string {
  const { place, id, group, name, why, steps, maxphyaddr } = record;
  const about = name === null ? '' : `, ${name}`;
  const dispute = why === null ? '' : `, ${why}`;
  const out = [`${place}: id ${id}, group ${group}${about}${dispute}`, `CR3 ${hexOf(record.cr3)}, MAXPHYADDR ${maxphyaddr}`];
  for (const [i, step] of steps.slice(0, last + 1).entries()) {
    if (steps.length === 1) out.push(...stepLines(record, step));
    else out.push(`step ${i + 1} of ${steps.length}:`, ...stepLines(record, step).map((line) => `  ${line}`));
  }
  const step = steps[last]!;
  const expected = record.by === null ? 'observed' : `by ${REFERENCES[record.by] ?? record.by}`;
  out.push(`${expected}: ${outcomeText(step.expected)}${step.loose ? ', or another' : ''}`, `paelab: ${outcomeText(outcome)}`);
  for (const { entry, holds } of wrong) {
    const text = (value: Pair): string => entryText(record, step, entry.address, value);
    out.push(`${entry.name} after it, ${expected}: ${text(entry.after)}`, `${entry.name} after it, paelab: ${text(holds)}`);
  }
  return `${out.join('\n  ')}\n`;
}

function stepLines(record: WalkerRecord, step: Step): string[] {
  const stored = step.entries.map(({ name, address, value }) => {
    const level = levelOf(record, address);
    const where = name === hexOf(address) ? `${level} at ${name}` : `${name} at ${hexOf(address)}`;
    return `${where} = ${entryText(record, step, address, value)}`;
  });
  return [...stored, modeText(step.mode), ACTS[step.act], accessLine(step)];
}

function accessLine({ op, width, va, mode }: Step): string {
  return op === null ? 'no access' : `${OPERATIONS[op]}, ${width} byte${width === 1 ? '' : 's'} at ${hexOf(va)}, CPL ${mode.user ? 3 : 0}`;
}

function modeText({ cr0, cr4, efer, ac }: Mode): string {
  const bits: [string, boolean][] = [
    ['CR0.WP', (cr0 & CR0_WP) !== 0],
    ['CR4.SMEP', (cr4 & CR4_SMEP) !== 0],
    ['CR4.SMAP', (cr4 & CR4_SMAP) !== 0],
    ['CR4.PGE', (cr4 & CR4_PGE) !== 0],
    ['CR4.PSE', (cr4 & CR4_PSE) !== 0],
    ['EFER.NXE', (efer & EFER_NXE) !== 0],
    ['EFLAGS.AC', ac],
  ];
  return bits.map(([name, set]) => `${name}=${set ? 1 : 0}`).join(' ');
}

function outcomeText(o: Outcome): string {
  if (o.k === 'ok') return `done at physical address ${hexOf(o.pa)}${o.pa2 === undefined ? '' : ` and ${hexOf(o.pa2)}`}`;
  if (o.k === 'pf') return `page fault, ${errorCodeText(o.ec)}, CR2 ${hexOf(o.cr2)}`;
  return o.k === 'gpcr'
    ? '#GP(0) at the MOV to the control register'
    : o.k === 'none'
      ? 'no access'
      : 'out of the memory, which ends at 2^44';
}

function entryText(record: WalkerRecord, { mode }: Step, address: number, { lo, hi }: Pair): string {
  return `${pairText(lo, hi)}: ${describeEntry(levelOf(record, address), lo, hi, record.maxphyaddr, (mode.efer & EFER_NXE) !== 0)}`;
}

/** By where the entry lies: in the PDPT, in a page directory that some PDPTE of the record points to, or else in a page table. */
function levelOf({ cr3, steps, maxphyaddr }: WalkerRecord, address: number): Level {
  const pdpt = (cr3 & CR3_PDPT) >>> 0;
  const isPdpte = (at: number): boolean => at >= pdpt && at < pdpt + PDPT_BYTES;
  if (isPdpte(address)) return 'pdpte';
  const pdptes = steps.flatMap((s) => s.entries).filter((e) => isPdpte(e.address));
  const inDirectory = pdptes.some(({ value }) => entryAddress('pdpte', value.lo, value.hi, maxphyaddr) === address - (address % 4096));
  return inDirectory ? 'pde' : 'pte';
}
