// SPDX-License-Identifier: GPL-2.0-only
/**
 * One transition in words a kernel developer would use. Where the port called a primitive by its Linux name, that name is the text.
 */
import { ACQUIRE, AWAIT, CHOOSE, DRAIN, INVALIDATE, LOAD, RANGE, WALK } from '../../cpu/kinds.ts';
import { CMPXCHG8B, ENTER, ENTER_NMI, EXIT, EXIT_NMI, HALT } from '../../cpu/rmw.ts';
import type { Row, Site } from '../../cpu/trace.ts';
import { pairText } from '../../mmu/entry.ts';

/** Functions that a reader takes as one step: the call is the text, what is inside is not shown. */
const PRIMITIVES = new Set([
  'spin_lock',
  'spin_lock_nested',
  'spin_trylock',
  'spin_unlock',
  'down_read',
  'down_write',
  'down_read_trylock',
  'down_write_trylock',
  'up_read',
  'up_write',
  'local_irq_save',
  'local_irq_restore',
  'local_irq_disable',
  'local_irq_enable',
  'rcu_read_lock',
  'rcu_read_unlock',
  'call_rcu',
]);
/** Primitives whose object says nothing. */
const NO_OBJECT = /^(?:local_irq|rcu_read|call_rcu)/;

/** Place of the outermost primitive in a call chain, or -1. */
export const primitiveAt = (site: Site): number => site.calls.findIndex((f) => PRIMITIVES.has(f));

const hex = (v: number): string => `0x${(v >>> 0).toString(16)}`;
/** pmd_low of pmd_low(P 0x40000000), i_mmap_rwsem of mapping.i_mmap_rwsem: a drawing has room for the last part only. */
const short = (name: string): string => name.replace(/^(p[mt][de]_(?:low|high))\(.*\)$/, '$1').replace(/^[\w ]+\./, '');
export const entryName = (name: string): string => short(name).replace(/_(?:low|high)$/, '');

export function eventText(row: Row, site: Site): string {
  const p = primitiveAt(site);
  if (p >= 0) {
    const name = site.calls[p]!.replace('_nested', '');
    return NO_OBJECT.test(name) ? `${name}()` : `${name}(${short(row.name)})`;
  }
  const csd = /^csd\((\d+) to (\d+)\)/.exec(row.name);
  if (csd !== null && row.kind === AWAIT) return `wait for CPU${csd[2]}`;
  if (csd !== null && site.calls.includes('csd_unlock')) return `answer CPU${csd[1]}`;
  switch (row.kind) {
    case WALK:
    case INVALIDATE:
      return row.name;
    case LOAD:
      return row.n === 2 ? `${entryName(row.name)} is ${pairText(row.lo, row.hi)}` : `${short(row.name)} is ${hex(row.lo)}`;
    case AWAIT:
      return `wait for ${short(row.name)}`;
    case CHOOSE:
      return row.name === '' ? `alternative ${row.choice + 1}` : row.name;
    case RANGE:
      return `frame is given back`;
    case DRAIN:
      return `${short(row.name)} = ${hex(row.newLo)}`;
    default:
      return lockedText(row);
  }
}

function lockedText(row: Row): string {
  if (row.fn === ENTER && row.kind === ACQUIRE) return '<interrupt>';
  if (row.fn === EXIT) return '</interrupt>';
  if (row.fn === ENTER_NMI && row.kind === ACQUIRE) return '<NMI>';
  if (row.fn === EXIT_NMI) return '</NMI>';
  if (row.fn === HALT && row.kind === ACQUIRE) return 'go on from HLT';
  if (row.fn === CMPXCHG8B && row.n === 2) {
    const done = row.newLo !== row.lo || row.newHi !== row.hi;
    const old = pairText(row.lo, row.hi);
    return done ? `${entryName(row.name)}: ${old} -> ${pairText(row.newLo, row.newHi)}` : `cmpxchg8b fails: ${old}`;
  }
  const sent = /^pending interrupts\((CPU\d+)\)$/.exec(row.name);
  if (sent !== null) return `interrupt -> ${sent[1]}`;
  const nmi = /^pending NMI\((CPU\d+)\)$/.exec(row.name);
  if (nmi !== null) return `NMI -> ${nmi[1]}`;
  return `${short(row.name)}: ${hex(row.lo)} -> ${hex(row.newLo)}`;
}
