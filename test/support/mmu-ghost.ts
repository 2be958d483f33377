// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a processor may still remember of the page tables, as a set: every translation that the tables, read PDE before PTE, could have given since
 * the last event that removes it. The tables are read after each event, so a PDE of then meets every PTE of later, until a PDE cache would have had to
 * drop it. Slow, and written from Intel SDM Vol. 3A 4.10 alone.
 *
 * 4.10.2.1 and 4.10.3.1: only entries with P = 1, A = 1 and no reserved bit are remembered. 4.10.4.1: what each event removes.
 */
import {
  has,
  MEMORY_END,
  pageAddress,
  pdeAddress,
  permitted,
  pteAddress,
  type Rights,
  reservedIn,
  rightsOfEntries,
  type SlowAccess,
  type SlowMachine,
} from './slow-walker.ts';

interface Held {
  page: bigint;
  large: boolean;
  global: boolean;
  dirty: boolean;
  rights: Rights;
}

const region = (va: number): number => va >>> 21;
const usable = (e: bigint): boolean => has(e, 0) && has(e, 5);

export class Ghost {
  private readonly m: SlowMachine;
  private readonly vas: readonly number[];
  /** PDEs that refer to a table, by 2 MiB region. */
  private readonly pdes = new Map<number, Set<bigint>>();
  /** Translations, by page and by what they say. */
  private readonly held = new Map<number, Map<string, Held>>();

  /** @param vas the pages that accesses go to, by their first address */
  constructor(m: SlowMachine, vas: readonly number[]) {
    this.m = m;
    this.vas = vas;
    for (const va of vas) {
      this.held.set(va, new Map());
      this.pdes.set(region(va), new Set());
    }
  }

  /** The tables or registers may have changed: what they say now can be remembered from now on. */
  note(): void {
    if (this.m.on.has('PG')) for (const va of this.vas) this.notePage(va, BigInt(va));
  }

  private notePage(va: number, address: bigint): void {
    const { m } = this;
    const cached = this.pdes.get(region(va))!;
    const pdpte = m.pdptes[va >>> 30]!;
    const at = pdeAddress(m, pdpte, address);
    const pde = has(pdpte, 0) && at < MEMORY_END ? (m.memory.get(at) ?? 0n) : 0n;
    const large = has(pde, 7);
    if (usable(pde) && reservedIn(m, pde, large) === '') {
      if (large) this.hold(va, [pde], true);
      else cached.add(pde);
    }
    for (const old of cached) {
      const pteAt = pteAddress(m, old, address);
      const pte = pteAt < MEMORY_END ? (m.memory.get(pteAt) ?? 0n) : 0n;
      if (usable(pte) && reservedIn(m, pte, false) === '') this.hold(va, [old, pte], false);
    }
  }

  private hold(va: number, path: readonly bigint[], large: boolean): void {
    const last = path.at(-1)!;
    const global = has(last, 8) && this.m.on.has('PGE');
    const rights = rightsOfEntries(path);
    const held = { page: pageAddress(this.m, last, BigInt(va), large), large, global, dirty: has(last, 6), rights };
    this.held.get(va)!.set(`${held.page} ${large} ${global} ${held.dirty} ${rights.write} ${rights.user} ${rights.noFetch}`, held);
  }

  /** May the access use a translation to this page, without a fault? */
  allows(va: number, access: SlowAccess, page: bigint): boolean {
    if (!this.m.on.has('PG')) return page === BigInt(va);
    for (const h of this.held.get(va)!.values())
      if (h.page === page && permitted(this.m.on, access, h.rights) && (access.kind !== 'write' || h.dirty)) return true;
    return false;
  }

  private drop(gone: (va: number, held: Held) => boolean): void {
    for (const [va, all] of this.held) for (const [key, held] of all) if (gone(va, held)) all.delete(key);
  }

  private dropPage(va: number): void {
    this.drop((other, { large }) => (large ? region(other) === region(va) : other === va));
  }

  private dropPdes(): void {
    for (const cached of this.pdes.values()) cached.clear();
  }

  invlpg(va: number): void {
    this.dropPage(va);
    this.dropPdes();
    this.note();
  }

  movCr3(): void {
    this.drop((_, { global }) => !global);
    this.dropPdes();
    this.note();
  }

  /** PGE or PAE changed, SMEP was set, or paging turned off. */
  everything(): void {
    this.drop(() => true);
    this.dropPdes();
    this.note();
  }

  pageFault(va: number): void {
    this.dropPage(va);
    this.pdes.get(region(va))!.clear();
    this.note();
  }
}
