// SPDX-License-Identifier: GPL-2.0-only
/**
 * An oracle for the MMU: translation with PAE paging, slowly, by the words of the Intel SDM, Vol. 3A chapter 4. It has no TLB and no caches, so what
 * it says is what a processor must do when nothing stale is left. Nothing is taken from mmu/: whoever doubts the machine has a second opinion here.
 *
 * Addresses and entries are BigInts, the memory is a map of 64-bit words, control bits are names.
 */

export const BITS = ['PG', 'WP', 'CD', 'NW', 'PGE', 'PSE', 'SMEP', 'SMAP', 'NXE', 'AC'] as const;
export type Bit = (typeof BITS)[number];

export interface SlowMachine {
  /** The bits of CR0, CR4, IA32_EFER and EFLAGS that are 1. */
  on: Set<Bit>;
  cr3: bigint;
  /** MAXPHYADDR */
  M: bigint;
  /** 64-bit words by address; those not there are 0. */
  memory: Map<bigint, bigint>;
  pdptes: bigint[];
}

export interface SlowAccess {
  kind: 'read' | 'write' | 'fetch';
  mode: 'user' | 'supervisor' | 'implicit';
}

/** What a translation allows, all levels together. */
export interface Rights {
  write: boolean;
  user: boolean;
  noFetch: boolean;
}

export interface Mapped {
  kind: 'mapped';
  pa: bigint;
  large: boolean;
  global: boolean;
  dirty: boolean;
  rights: Rights;
}

/** #PF. `at` names the level that the walk stopped at, and why. */
export interface Fault {
  kind: 'fault';
  errorCode: number;
  at: string;
}

/** The walk read an entry, or came to a page, where the machine has no memory: no matter of the manual. */
export interface Beyond {
  kind: 'beyond';
}

/** Physical addresses from here on hold nothing. */
export const MEMORY_END = 1n << 44n;

export const has = (value: bigint, bit: number): boolean => ((value >> BigInt(bit)) & 1n) === 1n;
const field = (value: bigint, high: bigint, low: bigint): bigint => (value >> low) & ((1n << (high - low + 1n)) - 1n);
const read = (m: SlowMachine, at: bigint): bigint => m.memory.get(at) ?? 0n;

/** A bit is set in high:low. */
const anyIn = (value: bigint, high: bigint, low: bigint): boolean => high >= low && field(value, high, low) !== 0n;

/** Table 4-8: bits 2:1, 8:5 and 63:M of a present PDPTE are reserved. */
const badPdpte = (m: SlowMachine, e: bigint): boolean => has(e, 0) && (anyIn(e, 2n, 1n) || anyIn(e, 8n, 5n) || anyIn(e, 63n, m.M));

/** 4.4.1: the four PDPTE registers are loaded from the table that CR3 points to. @returns false for #GP(0): nothing is loaded */
function loadPdptes(m: SlowMachine, cr3: bigint): boolean {
  const table = field(cr3, 31n, 5n) << 5n;
  const loaded = [0n, 8n, 16n, 24n].map((offset) => read(m, table + offset));
  if (loaded.some((e) => badPdpte(m, e))) return false;
  m.pdptes = loaded;
  return true;
}

/** MOV to CR3. @returns false for #GP(0), which changes nothing */
export function slowMovCr3(m: SlowMachine, value: bigint): boolean {
  if (m.on.has('PG') && !loadPdptes(m, value)) return false;
  m.cr3 = value;
  return true;
}

/** 4.4.1: these, written with another value while PAE paging is in use or comes into use, load the PDPTE registers. */
const LOADING: readonly Bit[] = ['CD', 'NW', 'PG', 'PGE', 'PSE', 'SMEP'];

/** The MOV, WRMSR, STAC or CLAC that changes one bit. @returns false for #GP(0), which changes nothing */
export function slowFlip(m: SlowMachine, bit: Bit): boolean {
  const before = m.on;
  m.on = new Set(before);
  if (!m.on.delete(bit)) m.on.add(bit);
  const wrong = m.on.has('NW') && !m.on.has('CD'); // Vol. 2, MOV to control registers
  if (!wrong && (!m.on.has('PG') || !LOADING.includes(bit) || loadPdptes(m, m.cr3))) return true;
  m.on = before;
  return false;
}

/** 4.6.1: is the access permitted by a translation with these rights? */
export function permitted(on: ReadonlySet<Bit>, { kind, mode }: SlowAccess, { write, user, noFetch }: Rights): boolean {
  const executable = !on.has('NXE') || !noFetch;
  if (mode === 'user') {
    // "Access is allowed from user-mode addresses only", and so on.
    if (kind === 'fetch') return user && executable;
    return kind === 'write' ? user && write : user;
  }
  const explicitAc = mode === 'supervisor' && on.has('AC');
  const reachable = !user || !on.has('SMAP') || explicitAc;
  if (kind === 'read') return reachable;
  if (kind === 'write') return reachable && (write || !on.has('WP'));
  return (!user || !on.has('SMEP')) && executable;
}

/** 4.7, figure 4-12: P, W/R, U/S, RSVD, I/D. */
function fault(m: SlowMachine, access: SlowAccess, at: string, present: boolean, reserved: boolean): Fault {
  const fetchIsTold = m.on.has('NXE') || m.on.has('SMEP');
  const bits = [present, access.kind === 'write', access.mode === 'user', reserved, access.kind === 'fetch' && fetchIsTold];
  return { kind: 'fault', errorCode: bits.reduce((code, bit, i) => code + (bit ? 2 ** i : 0), 0), at };
}

/** Bits 62:M of a PDE or PTE are reserved, and bit 63 with IA32_EFER.NXE = 0; with PS = 1 also bits 20:13. Empty: none is set. */
export function reservedIn(m: SlowMachine, e: bigint, large: boolean): string {
  if (anyIn(e, 62n, m.M)) return 'high';
  if (has(e, 63) && !m.on.has('NXE')) return 'XD';
  return large && anyIn(e, 20n, 13n) ? 'low' : '';
}

export const rightsOfEntries = (entries: readonly bigint[]): Rights => ({
  write: entries.every((e) => has(e, 1)),
  user: entries.every((e) => has(e, 2)),
  noFetch: entries.some((e) => has(e, 63)),
});

/** Address of the PDE that serves a linear address. */
export const pdeAddress = (m: SlowMachine, pdpte: bigint, va: bigint): bigint =>
  (field(pdpte, m.M - 1n, 12n) << 12n) | (field(va, 29n, 21n) << 3n);
export const pteAddress = (m: SlowMachine, pde: bigint, va: bigint): bigint =>
  (field(pde, m.M - 1n, 12n) << 12n) | (field(va, 20n, 12n) << 3n);

/** Physical address that the last entry gives. */
export const pageAddress = (m: SlowMachine, e: bigint, va: bigint, large: boolean): bigint =>
  large ? (field(e, m.M - 1n, 21n) << 21n) | field(va, 20n, 0n) : (field(e, m.M - 1n, 12n) << 12n) | field(va, 11n, 0n);

/** An access: the walk of 4.4.2, the rights of 4.6, the flags of 4.8. */
export function slowAccess(m: SlowMachine, va: bigint, access: SlowAccess): Mapped | Fault | Beyond {
  if (!m.on.has('PG'))
    return { kind: 'mapped', pa: va, large: false, global: false, dirty: true, rights: { write: true, user: true, noFetch: false } };
  const pdpte = m.pdptes[Number(field(va, 31n, 30n))]!;
  if (!has(pdpte, 0)) return fault(m, access, 'pdpte absent', false, false);
  const pdeAt = pdeAddress(m, pdpte, va);
  if (pdeAt >= MEMORY_END) return { kind: 'beyond' };
  const pde = read(m, pdeAt);
  if (!has(pde, 0)) return fault(m, access, 'pde absent', false, false);
  const large = has(pde, 7);
  const wrongPde = reservedIn(m, pde, large);
  if (wrongPde !== '') return fault(m, access, `${large ? '2M' : 'pde'} reserved ${wrongPde}`, true, true);
  if (large) return finish(m, va, access, [pdeAt], true);

  const pteAt = pteAddress(m, pde, va);
  if (pteAt >= MEMORY_END) return { kind: 'beyond' };
  const pte = read(m, pteAt);
  if (!has(pte, 0)) return fault(m, access, 'pte absent', false, false);
  const wrongPte = reservedIn(m, pte, false);
  if (wrongPte !== '') return fault(m, access, `pte reserved ${wrongPte}`, true, true);
  return finish(m, va, access, [pdeAt, pteAt], false);
}

/** Every level is there: the rights, then the page, then A in every entry and D in the last one. */
function finish(m: SlowMachine, va: bigint, access: SlowAccess, path: readonly bigint[], large: boolean): Mapped | Fault | Beyond {
  const rights = rightsOfEntries(path.map((at) => read(m, at)));
  if (!permitted(m.on, access, rights)) return fault(m, access, large ? '2M rights' : '4K rights', true, false);
  const last = path.at(-1)!;
  const e = read(m, last);
  const pa = pageAddress(m, e, va, large);
  if (pa >= MEMORY_END) return { kind: 'beyond' };
  for (const at of path) m.memory.set(at, read(m, at) | (1n << 5n));
  if (access.kind === 'write') m.memory.set(last, read(m, last) | (1n << 6n));
  return { kind: 'mapped', pa, large, global: has(e, 8) && m.on.has('PGE'), dirty: has(read(m, last), 6), rights };
}
