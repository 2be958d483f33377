// SPDX-License-Identifier: GPL-2.0-only
/**
 * The machine that a walk starts on: registers of the state file, overridden by options, completed by defaults. docs/walk.md has the format.
 */
import { CR4_PAE } from '../../mmu/control.ts';
import type { Mmu } from '../../mmu/mmu.ts';
import { GREATEST_MAXPHYADDR, LEAST_MAXPHYADDR } from '../../mmu/reserved.ts';
import { BIT_NAMES, type NamedRegister } from '../explain/control-names.ts';
import { machineOf, type State } from '../explain/state.ts';
import { UsageError } from '../usage-error.ts';
import { hex32 } from './hex.ts';
import type { StateFile } from './walk-memory.ts';

export interface WalkFlags {
  access: 'read' | 'write' | 'fetch';
  user?: boolean;
  implicit?: boolean;
  cr0?: string;
  cr3?: string;
  cr4?: string;
  efer?: string;
  ac?: boolean;
  maxphyaddr?: number;
  image?: string;
  base?: string;
  json?: boolean;
}

const DEFAULTS = { cr0: 'PE,WP,PG', cr4: 'PAE', efer: '0' };
const LONG_MODE = (1 << BIT_NAMES.efer.LME) | (1 << BIT_NAMES.efer.LMA);

/** @throws UsageError naming the option, or the file and its field */
export function startOf(file: StateFile, flags: WalkFlags): { state: State; mmu: Mmu } {
  const said = (register: 'cr0' | 'cr3' | 'cr4' | 'efer') => {
    const option = flags[register];
    return option !== undefined ? { text: option, field: `--${register}` } : { text: file[register], field: `${file.name}: ${register}` };
  };
  const named = (register: NamedRegister): number => {
    const { text = DEFAULTS[register], field } = said(register);
    return registerValue(register, text, field);
  };
  const { text: cr3, field } = said('cr3');
  if (cr3 === undefined) throw new UsageError('CR3 is not given: name it with --cr3, or as cr3 in the state file');
  const state: State = {
    cr0: named('cr0'),
    cr3: hex32(cr3, field),
    cr4: named('cr4'),
    efer: named('efer'),
    ac: flags.ac ?? file.ac ?? false,
    maxphyaddr: flags.maxphyaddr ?? file.maxphyaddr ?? LEAST_MAXPHYADDR,
  };
  if ((state.cr4 & CR4_PAE) === 0) throw new UsageError(`${said('cr4').field}: PAE=0 is not modelled: 32-bit paging`);
  if ((state.efer & LONG_MODE) !== 0) throw new UsageError(`${said('efer').field}: LME=1 is not modelled: 4-level paging`);
  const { maxphyaddr: m } = state;
  if (!(Number.isInteger(m) && m >= LEAST_MAXPHYADDR && m <= GREATEST_MAXPHYADDR)) {
    const by = flags.maxphyaddr === undefined ? `${file.name}: maxphyaddr` : '--maxphyaddr';
    throw new UsageError(`${by}: ${m} is not ${LEAST_MAXPHYADDR} to ${GREATEST_MAXPHYADDR}`);
  }
  const mmu = machineOf(state);
  if (mmu === null) throw new UsageError(`${said('cr0').field}: no processor can have it: PG=1 needs PE=1, and NW=1 needs CD=1`);
  return { state, mmu };
}

/** A hexadecimal number, which starts with a digit; or names of bits, with commas or blanks between. */
function registerValue(register: NamedRegister, text: string, field: string): number {
  if (/^\d/.test(text)) return hex32(text, field);
  const bits: Record<string, number> = BIT_NAMES[register];
  let value = 0;
  for (const name of text.split(/[\s,]+/).filter((n) => n !== '')) {
    const bit = Object.hasOwn(bits, name.toUpperCase()) ? bits[name.toUpperCase()]! : undefined;
    if (bit === undefined)
      throw new UsageError(`${field}: no bit '${name}': a number starts with a digit; known bits: ${Object.keys(bits).join(', ')}`);
    value |= 1 << bit;
  }
  return value >>> 0;
}
