// SPDX-License-Identifier: GPL-2.0-only
/**
 * Reads a line of page-walk vectors.
 */
import { CR0_PE, CR0_PG, CR0_WP, CR4_PAE, CR4_PGE, CR4_PSE, CR4_SMAP, CR4_SMEP, EFER_NXE } from '../../../mmu/control.ts';
import { GREATEST_MAXPHYADDR, LEAST_MAXPHYADDR } from '../../../mmu/reserved.ts';
import { type Field, hexOf, readObject } from '../field.ts';
import type { Act, Entry, Mode, Operation, Outcome, Step, WalkerRecord } from './record.ts';

/** RAM ends at 2^44: no entry can lie beyond. */
const MEMORY_BITS = 44;
const ACTS: readonly Act[] = ['movcr3', 'invlpg', 'none', 'pge', 'pse', 'smep', 'smap', 'wp', 'cd'];
const OPERATIONS: readonly Operation[] = ['read', 'write', 'fetch', 'xadd', 'cmpxchg', 'add', 'ldtr', 'ldtw'];
/** MOV EAX, imm32 and INT 80h. */
const FETCH_WIDTH = 7;

const CR0_BITS: Record<string, number> = { WP: CR0_WP };
const CR4_BITS: Record<string, number> = { SMEP: CR4_SMEP, SMAP: CR4_SMAP, PGE: CR4_PGE, PSE: CR4_PSE };
const CONTROL_BITS = [...Object.keys(CR0_BITS), ...Object.keys(CR4_BITS), 'NXE', 'AC', 'USER'];

/** @param place FILE:LINE. @throws UsageError */
export function parseRecord(line: string, place: string): WalkerRecord {
  const f = readObject(line, place);
  const script = !f.get('steps').missing;
  const by = f.get('by');
  const why = f.get('why');
  const cr3 = f.get('cr3').hex(32);
  return {
    place,
    id: String(f.get('id').integer(0, Number.MAX_SAFE_INTEGER)),
    group: f.get('g').text(),
    name: script ? f.get('name').text() : null,
    maxphyaddr: f.get('M').integer(LEAST_MAXPHYADDR, GREATEST_MAXPHYADDR),
    cr3,
    steps: script ? scriptSteps(f.get('steps')) : [parseStep(f, 'movcr3', parseNamedEntry)],
    by: by.missing ? null : by.text(),
    why: why.missing ? null : why.text(),
  };
}

function scriptSteps(f: Field): Step[] {
  const steps = f.list().map((s) => parseStep(s, s.get('act').oneOf(ACTS), parseEntry));
  if (steps[0]?.act !== 'movcr3') f.bad('the first step must be one with act movcr3');
  return steps;
}

function parseStep(f: Field, act: Act, entryOf: (f: Field) => Entry): Step {
  const noAccess = f.get('op').empty;
  const op = noAccess ? null : f.get('op').oneOf(OPERATIONS);
  const free = f.get('free');
  const loose = f.get('loose');
  const entries = f.get('mem').list().map(entryOf);
  fill(entries, f.get('post'), 'after');
  if (!free.missing) fill(entries, free, 'free');
  const freeCr2 = free.missing ? free : free.get('cr2');
  return {
    entries,
    mode: parseMode(f.get('ctl')),
    act,
    va: f.get('va').hex(32),
    op,
    width: op === null ? 0 : op === 'fetch' ? FETCH_WIDTH : f.get('w').oneOf([1, 4, 8]),
    expected: parseOutcome(f.get('r'), noAccess),
    freeCr2: freeCr2.missing ? 0 : freeCr2.hex(32),
    loose: !loose.missing && loose.flag(),
  };
}

/** [name, address, value] */
function parseNamedEntry(f: Field): Entry {
  const [name, address, value] = partsOf(f, 3);
  return entry(name!.text(), address!, value!);
}

/** [address, value]: the address is the name. */
function parseEntry(f: Field): Entry {
  const [address, value] = partsOf(f, 2);
  return entry(hexOf(address!.hex(MEMORY_BITS)), address!, value!);
}

function partsOf(f: Field, n: number): Field[] {
  const parts = f.list();
  return parts.length === n ? parts : f.bad(`${parts.length} parts, not ${n}`);
}

function entry(name: string, at: Field, value: Field): Entry {
  const address = at.hex(MEMORY_BITS);
  if (address % 8 !== 0) at.bad('not aligned to 8 bytes');
  return { name, address, value: value.pair(), after: value.pair(), free: { lo: 0, hi: 0 } };
}

/** Fills in what `post` or `free` says of entries, by their names. */
function fill(entries: readonly Entry[], f: Field, key: 'after' | 'free'): void {
  for (const [name, value] of f.members()) {
    const named = entries.find((e) => e.name === name);
    if (named !== undefined) named[key] = value.pair();
    else if (key !== 'free' || name !== 'cr2') value.bad('no such entry in mem');
  }
}

function parseMode(f: Field): Mode {
  const names = f.text().split(' ').filter(Boolean);
  const mode: Mode = { cr0: CR0_PE | CR0_PG, cr4: CR4_PAE, efer: 0, ac: false, user: false };
  for (const name of names) {
    if (!CONTROL_BITS.includes(name)) f.bad(`'${name}' is not one of ${CONTROL_BITS.join(', ')}`);
    mode.cr0 |= CR0_BITS[name] ?? 0;
    mode.cr4 |= CR4_BITS[name] ?? 0;
    if (name === 'NXE') mode.efer = EFER_NXE;
    if (name === 'AC') mode.ac = true;
    if (name === 'USER') mode.user = true;
  }
  return mode;
}

function parseOutcome(f: Field, noAccess: boolean): Outcome {
  const k = f.get('k').oneOf(['ok', 'pf', 'gpcr', 'none'] as const);
  if (noAccess && (k === 'ok' || k === 'pf')) f.bad(`'${k}' without an access`);
  if (!noAccess && k === 'none') f.bad("'none' with an access");
  if (k === 'pf') return { k, ec: f.get('ec').integer(0, 31), cr2: f.get('cr2').hex(32) };
  if (k !== 'ok') return { k };
  const pa2 = f.get('pa2');
  return { k, pa: f.get('pa').hex(52), ...(!pa2.missing && { pa2: pa2.hex(52) }) };
}
