// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a CPU of explicit-translation.ts may fill into its TLB, and what may become of an access: from the manual, on the words of
 * translation-programs.ts. MAXPHYADDR is 36, CR0.WP is 1, EFER.NXE, SMEP and SMAP are 0.
 *
 * A 2 MiB page is held in pieces of 4 KiB, each of which may outlive the others.
 *
 * Reference: Intel SDM Vol. 3A 4.4.2, 4.6.1, 4.7, 4.8, 4.10.2.3, 4.10.3.
 */
import { PDE, TABLES } from './translation-programs.ts';

const P = 1;
const W = 2;
const U = 4;
const A = 0x20;
const D = 0x40;
const PS = 0x80;
const G = 0x100;
const LARGE_RESERVED = 0x1fe000;

/** A frame that means: the access asks for its translation again. */
export const AGAIN = -1;

/** Numbers, in order and each once: translations as `known` reads them, and PDEs as 8 * table + rights. */
export interface Translations {
  tlb: readonly number[];
  pdes: readonly number[];
}

/** A walk that has to set bits of an entry, or an access that knows its frame. */
export type Midway =
  | { step: 'mark'; entry: number; lo: number; hi: number; bits: number; frame: number }
  | { step: 'access'; frame: number };
export type Outcome = Midway | { step: 'fault'; code: number };

interface Known {
  page: number;
  rights: number;
  dirty: boolean;
  global: boolean;
  large: boolean;
  frame: number;
}

export const known = (t: number): Known => ({
  page: t & 1,
  rights: t & 6,
  dirty: (t & 8) !== 0,
  global: (t & 16) !== 0,
  large: (t & 32) !== 0,
  frame: Math.floor(t / 64),
});
const numberOf = (k: Known): number => k.frame * 64 + k.page + k.rights + (k.dirty ? 8 : 0) + (k.global ? 16 : 0) + (k.large ? 32 : 0);

const reservedHigh = (hi: number): boolean => hi >>> 4 !== 0;
const pfnOf = (lo: number, hi: number): number => hi * 0x100000 + (lo >>> 12);
const pteAt = (table: number, page: number): number => 8 + 4 * table + 2 * page;

/** What a walk would find now, may be remembered, and is not. */
export function fillable(read: (w: number) => number, remembers: Translations, pge: boolean): Translations {
  const tlb = new Set<number>();
  const pdes = new Set<number>();
  const lo = read(PDE);
  const hi = read(PDE + 1);
  const cacheable = (eLo: number, eHi: number): boolean => (eLo & (P | A)) === (P | A) && !reservedHigh(eHi);
  const from = [...remembers.pdes];
  const add = (page: number, rights: number, eLo: number, frame: number, large: boolean): void => {
    tlb.add(numberOf({ page, rights: rights & (W | U), dirty: (eLo & D) !== 0, global: pge && (eLo & G) !== 0, large, frame }));
  };
  if (cacheable(lo, hi) && (lo & PS) === 0) {
    const pde = 8 * TABLES.indexOf(pfnOf(lo, hi)) + (lo & (W | U));
    pdes.add(pde);
    from.push(pde);
  } else if (cacheable(lo, hi) && (lo & LARGE_RESERVED) === 0) {
    for (const page of [0, 1]) add(page, lo, lo, pfnOf(lo, hi) + page, true);
  }
  for (const pde of from) {
    for (const page of [0, 1]) {
      const pteLo = read(pteAt(pde >> 3, page));
      const pteHi = read(pteAt(pde >> 3, page) + 1);
      if (cacheable(pteLo, pteHi)) add(page, pde & pteLo, pteLo, pfnOf(pteLo, pteHi), false);
    }
  }
  return { tlb: [...tlb].filter((t) => !remembers.tlb.includes(t)), pdes: [...pdes].filter((pde) => !remembers.pdes.includes(pde)) };
}

/** What may become of an access that asks for its translation now. */
export function outcomes(read: (w: number) => number, remembers: Translations, page: number, write: boolean, user: boolean): Outcome[] {
  const access = (write ? 2 : 0) | (user ? 4 : 0);
  const fault = (bits: number): Outcome => ({ step: 'fault', code: bits | access });
  const may = (rights: number): boolean => (!user || (rights & U) !== 0) && (!write || (rights & W) !== 0);
  const leaf = (entry: number, lo: number, hi: number, rights: number, frame: number): Outcome => {
    if (!may(rights)) return fault(1);
    const bits = (A | (write ? D : 0)) & ~lo;
    return bits === 0 ? { step: 'access', frame } : { step: 'mark', entry, lo, hi, bits, frame };
  };
  const throughTable = (pde: number): Outcome => {
    const at = pteAt(pde >> 3, page);
    const lo = read(at);
    const hi = read(at + 1);
    if ((lo & P) === 0) return fault(0);
    return reservedHigh(hi) ? fault(9) : leaf(at, lo, hi, pde & lo, pfnOf(lo, hi));
  };
  const throughPde = (): Outcome[] => {
    const lo = read(PDE);
    const hi = read(PDE + 1);
    if ((lo & P) === 0) return [fault(0)];
    if (reservedHigh(hi) || ((lo & PS) !== 0 && (lo & LARGE_RESERVED) !== 0)) return [fault(9)];
    if ((lo & PS) !== 0) return [leaf(PDE, lo, hi, lo, pfnOf(lo, hi) + page)];
    const below = throughTable(8 * TABLES.indexOf(pfnOf(lo, hi)) + (lo & (W | U)));
    if ((lo & A) !== 0) return [below];
    // Whether a walk that faults below has set A in the PDE, the manual leaves open.
    const mark: Outcome = { step: 'mark', entry: PDE, lo, hi, bits: A, frame: AGAIN };
    return below.step === 'fault' ? [below, mark] : [mark];
  };
  const out = throughPde();
  for (const pde of remembers.pdes) out.push(throughTable(pde));
  for (const t of remembers.tlb) {
    const k = known(t);
    if (k.page !== page) continue;
    if (!may(k.rights)) out.push(fault(1));
    else if (!write || k.dirty) out.push({ step: 'access', frame: k.frame });
  }
  return out;
}
