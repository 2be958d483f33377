// SPDX-License-Identifier: GPL-2.0-only
/**
 * The TLB that may remember anything, on one vCPU. Random histories: what it allows is what a set of all translations made so far allows
 * (test/support/slow-translation), and what the MMU does (mmu/mmu) is among it. Then its rules one by one.
 * Seeded. Time budget: 10 s.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { READ, USER, WRITE } from '../../mmu/access.ts';
import { CR4_PGE } from '../../mmu/control.ts';
import { NO_FAULT } from '../../mmu/fault.ts';
import { FREED, PMD_TABLE, setFrame } from '../../mmu/frames.ts';
import { ON_INVLPG, ON_MOV_CR3, ON_PAGE_FAULT } from '../../mmu/invalidation.ts';
import { Mmu } from '../../mmu/mmu.ts';
import { writeCr3 } from '../../mmu/mov-cr.ts';
import { ASTRAY, FAULT, MARK, USE } from '../../mmu/outcomes.ts';
import { WALK_AGAIN } from '../../mmu/permissive.ts';
import { frameOfSlot, pfnOfSlot, slotOf, slotOfWord } from '../../mmu/phys-mem.ts';
import { NULL, type Pfn, type Ptr } from '../../mmu/types.ts';
import { fillable, known, outcomes, type Translations } from '../support/slow-translation.ts';
import { buildTranslation, PDPT } from '../support/translation-machine.ts';
import { mixedSteps, PDE, TABLES, type TranslationOp } from '../support/translation-programs.ts';

const T0 = 8;
const CR3 = PDPT << 12;

/** One vCPU with everything that is known about it, in three ways. */
class Bench {
  readonly m;
  readonly at: readonly Ptr[];
  readonly mmu: Mmu;
  remembers: Translations = { tlb: [], pdes: [] };
  private seq = 0;
  private readonly global: boolean;

  constructor(init: number[], global = false) {
    const built = buildTranslation({ init, cpus: [[]], handlers: null, global }, true);
    this.m = built.m;
    this.at = built.at;
    this.global = global;
    this.mmu = new Mmu(this.m.mem);
    if (global) this.mmu.regs.cr4 |= CR4_PGE;
    writeCr3(this.mmu, CR3);
    this.fill();
  }

  get tlb() {
    return this.m.tlbs[0]!;
  }

  readonly read = (w: number): number => this.m.mem.words[this.at[w]!]! >>> 0;

  /** Everything that could be remembered now is. */
  private fill(): void {
    const more = fillable(this.read, this.remembers, this.global);
    this.remembers = { tlb: [...this.remembers.tlb, ...more.tlb], pdes: [...this.remembers.pdes, ...more.pdes] };
  }

  set(w: number, v: number): void {
    const { words } = this.m.mem;
    const entry = this.at[w & ~1]!;
    const [lo, hi] = [words[entry]!, words[entry + 1]!];
    words[this.at[w]!] = v;
    this.tlb.see(entry, ++this.seq, lo, hi, words[entry]!, words[entry + 1]!);
    this.fill();
  }

  invlpg(va: number): void {
    this.tlb.invalidations.push(++this.seq, ON_INVLPG, va, this.tlb.isLarge(va));
    this.mmu.invlpg(va);
    const large = (this.read(PDE) & 0x81) === 0x81;
    this.remembers = { tlb: this.remembers.tlb.filter((t) => known(t).page !== va >>> 12 && !(large && known(t).large)), pdes: [] };
    this.fill();
  }

  movCr3(): void {
    this.tlb.invalidations.push(++this.seq, ON_MOV_CR3, 0, false);
    this.tlb.loadCr3(CR3);
    writeCr3(this.mmu, CR3);
    this.remembers = { tlb: this.remembers.tlb.filter((t) => known(t).global), pdes: [] };
    this.fill();
  }

  fault(va: number): void {
    this.tlb.invalidations.push(++this.seq, ON_PAGE_FAULT, va, false);
    this.remembers = { tlb: this.remembers.tlb.filter((t) => known(t).page !== va >>> 12), pdes: [] };
    this.fill();
  }

  /** What may become of an access, as texts, in order. */
  allowed(va: number, access: number): string[] {
    this.tlb.consider(va, access);
    const o = this.tlb.outcomes;
    return Array.from({ length: o.n }, (_, i) => {
      const [a, b, c, d, e] = [0, 1, 2, 3, 4].map((k) => o.value(i, k) >>> 0);
      switch (o.kind(i)) {
        case USE:
          return `use ${a}`;
        case FAULT:
          return `fault ${a}`;
        case MARK:
          return `mark ${this.at.indexOf(a as Ptr)} ${b} ${c} ${d} ${e === WALK_AGAIN >>> 0 ? 'again' : e}`;
        default:
          expect(o.kind(i)).toBe(ASTRAY);
          return `astray ${a} ${b}`;
      }
    });
  }

  /** The same, from the set of all translations. */
  expected(va: number, access: number): string[] {
    const all = outcomes(this.read, this.remembers, va >>> 12, (access & WRITE) !== 0, (access & USER) !== 0);
    return all.map((x) => {
      if (x.step === 'fault') return `fault ${x.code}`;
      return x.step === 'access'
        ? `use ${x.frame}`
        : `mark ${x.entry} ${x.lo} ${x.hi} ${x.bits} ${x.frame === WALK_AGAIN ? 'again' : x.frame}`;
    });
  }

  /** What the MMU does, as a path through what is allowed. @returns the outcomes on it */
  concrete(va: number, access: number): string[] {
    const { words } = this.m.mem;
    const before = this.at.map((p) => words[p]! >>> 0);
    const p = this.mmu.translate(va, access);
    const code = this.mmu.takeFault();
    const frame = p === 0 ? 0 : pfnOfSlot(this.m.mem, slotOfWord(this.m.mem, p as Ptr));
    const after = this.at.map((q) => words[q]! >>> 0);
    this.at.forEach((q, w) => {
      words[q] = before[w]!;
    });
    const marks = after.flatMap((v, w) => (v === before[w] ? [] : [{ w, bits: v & ~before[w]!, v }]));
    const path: string[] = [];
    for (const { w, bits, v } of marks.sort((a, b) => b.w - a.w)) {
      const leaf = w !== PDE || (v & 0x80) !== 0;
      path.push(this.step(va, access, `mark ${w} ${before[w]} ${before[w + 1]} ${bits} ${leaf ? frame : 'again'}`));
      this.set(w, v);
    }
    if (code !== NO_FAULT) {
      path.push(this.step(va, access, `fault ${code}`));
      this.fault(va);
    } else if (!path.some((x) => x.endsWith(` ${frame}`))) path.push(this.step(va, access, `use ${frame}`));
    return path;
  }

  private step(va: number, access: number, outcome: string): string {
    expect(this.allowed(va, access)).toContain(outcome);
    return outcome;
  }
}

function run(bench: Bench, o: TranslationOp, seen: Set<string>): void {
  if (o.op === 'invlpg') bench.invlpg(o.page << 12);
  else if (o.op === 'movCr3') bench.movCr3();
  else if (o.op === 'store' || o.op === 'xchg') bench.set(o.w, o.v);
  else if (o.op === 'read' || o.op === 'write') {
    const access = (o.op === 'write' ? WRITE : READ) | (o.user ? USER : 0);
    expect(bench.allowed(o.page << 12, access).sort()).toEqual([...new Set(bench.expected(o.page << 12, access))].sort());
    for (const step of bench.concrete(o.page << 12, access)) seen.add(step.split(' ')[0]!);
  }
}

test('what is allowed is what all translations made so far allow, and the MMU does one of it', () => {
  const seen = new Set<string>();
  const { init, step } = mixedSteps();
  const property = fc.property(init, fc.array(step, { minLength: 10, maxLength: 40 }), fc.boolean(), (words, steps, global) => {
    const bench = new Bench(words, global);
    for (const o of steps) run(bench, o, seen);
  });
  fc.assert(property, { numRuns: 600, seed: 1 });
  expect([...seen].sort()).toEqual(['fault', 'mark', 'use']);
});

const FULL = 0x67;
const memory = (pde: number, low: number[]): number[] => [0, 0, 10, 20, 30, 40, 50, 60, ...low.flatMap((lo) => [lo, 0]), pde, 0];
const table = (t: number): number => (TABLES[t]! << 12) | 0x27;
const LARGE = (0x200 << 12) | FULL | 0x80;

describe('a page that is mapped', () => {
  const mapped = (): Bench => new Bench(memory(table(0), [0x1000 | FULL, 0, 0x2000 | FULL, 0]));

  test('is used; remapped, both frames are, until INVLPG, a fault or MOV CR3', () => {
    for (const forget of ['invlpg', 'fault', 'movCr3'] as const) {
      const bench = mapped();
      expect(bench.allowed(0, READ)).toEqual(['use 1']);
      bench.set(T0, 0x2000 | FULL);
      expect(bench.allowed(0, READ)).toEqual(['use 2', 'use 1']);
      bench[forget](0);
      expect(bench.allowed(0, READ)).toEqual(['use 2']);
    }
  });

  test('is remembered after it is unmapped; that it was unmapped is not remembered', () => {
    const bench = mapped();
    bench.set(T0, 0);
    expect(bench.allowed(0, WRITE | USER)).toEqual(['fault 6', 'use 1']);
    bench.set(T0, 0x2000 | FULL);
    expect(bench.allowed(0, WRITE | USER)).toEqual(['use 2', 'use 1']);
  });

  test('may fault for rights that it had', () => {
    const bench = new Bench(memory(table(0), [0x1065, 0, 0, 0]));
    bench.set(T0, 0x1067);
    expect(bench.allowed(0, WRITE)).toEqual(['use 1', 'fault 3']);
  });

  test('another table behind the same PDE: both tables are read, until the paging-structure caches are dropped', () => {
    const bench = mapped();
    bench.set(PDE, table(1));
    bench.set(T0, 0x2000 | FULL);
    expect(bench.allowed(0, READ)).toEqual(['use 2', 'use 1']);
    bench.invlpg(0x1000);
    bench.set(T0, 0x100 | FULL); // the old table is out of reach
    expect(bench.allowed(0, READ)).toEqual(['use 2', 'use 1']);
  });

  test('a PDE without A is marked first; if the walk faults at the PTE, it may stay as it is', () => {
    const bench = new Bench(memory(table(0) & ~0x20, [0x1000 | FULL, 0, 0, 0]));
    expect(bench.allowed(0, READ)).toEqual([`mark 16 ${table(0) & ~0x20} 0 32 again`]);
    expect(bench.allowed(0x1000, READ)).toEqual([`mark 16 ${table(0) & ~0x20} 0 32 again`, 'fault 0']);
  });
});

describe('a page of 2 MiB', () => {
  test('is remembered in pieces when it is there no more', () => {
    const bench = new Bench(memory(LARGE, [0x1000 | FULL, 0x2000 | FULL, 0, 0]));
    expect(bench.allowed(0x1000, READ)).toEqual(['use 513']);
    bench.set(PDE, table(0));
    bench.invlpg(0);
    expect(bench.allowed(0, READ)).toEqual(['use 1']);
    expect(bench.allowed(0x1000, READ)).toEqual(['use 2', 'use 513']);
  });

  test('loses all of them to an INVLPG while it is there', () => {
    const bench = new Bench(memory(LARGE, [0, 0, 0, 0]));
    bench.set(PDE, LARGE & ~2);
    bench.invlpg(0);
    expect(bench.allowed(0x1000, WRITE)).toEqual(['fault 3']);
  });

  test('with a reserved bit is a fault, and remembered by nobody', () => {
    const bench = new Bench(memory(LARGE | (1 << 13), [0, 0, 0, 0]));
    expect(bench.allowed(0, READ)).toEqual(['fault 9']);
    bench.set(PDE, LARGE);
    expect(bench.allowed(0, READ)).toEqual(['use 512']);
  });
});

describe('a global page', () => {
  const remapped = (global: boolean): Bench => {
    const bench = new Bench(memory(table(0), [0x1000 | FULL | 0x100, 0, 0, 0]), global);
    bench.set(T0, 0x2000 | FULL);
    bench.movCr3();
    return bench;
  };

  test('survives MOV CR3, with CR4.PGE, but not INVLPG', () => {
    const bench = remapped(true);
    expect(bench.allowed(0, READ)).toEqual(['use 2', 'use 1']);
    bench.invlpg(0);
    expect(bench.allowed(0, READ)).toEqual(['use 2']);
    expect(remapped(false).allowed(0, READ)).toEqual(['use 2']);
  });
});

describe('what is no table any more', () => {
  const free = (bench: Bench, pfn: number): void => setFrame(bench.m.mem, slotOf(bench.m.mem, pfn as Pfn), FREED, NULL, 0);

  test('is an outcome of its own, beside what was remembered of it', () => {
    const bench = new Bench(memory(table(0), [0x1000 | FULL, 0, 0x2000 | FULL, 0]));
    bench.set(PDE, table(1));
    bench.set(T0, 0); // poisoned, as the frame is when it is freed
    free(bench, TABLES[0]!);
    expect(bench.allowed(0, READ)).toEqual(['use 2', `astray ${TABLES[0]} 4`, 'use 1']);
    bench.invlpg(0x1000);
    expect(bench.allowed(0, READ)).toEqual(['use 2', 'use 1']);
    bench.invlpg(0);
    expect(bench.allowed(0, READ)).toEqual(['use 2']);
  });

  test('a directory: nothing else is known', () => {
    const bench = new Bench(memory(table(0), [0x1000 | FULL, 0, 0, 0]));
    free(bench, pfnOfSlot(bench.m.mem, slotOfWord(bench.m.mem, bench.at[PDE]!)));
    expect(bench.allowed(0, READ)).toEqual([expect.stringMatching(`^astray \\d+ ${PMD_TABLE}$`)]);
    expect(bench.tlb.isLarge(0)).toBe(false);
  });
});

describe('the PDPTE registers', () => {
  test('one that is not present is a fault', () => {
    expect(new Bench(memory(table(0), [0, 0, 0, 0])).allowed(0x4000_0000, USER)).toEqual(['fault 4']);
  });

  test('are loaded by MOV CR3 only, and with a reserved bit not at all', () => {
    const bench = new Bench(memory(table(0), [0x1000 | FULL, 0, 0, 0]));
    const { mem } = bench.m;
    const at = frameOfSlot(mem, slotOf(mem, PDPT as Pfn));
    mem.words[at]! |= 2;
    expect(bench.allowed(0, READ)).toEqual(['use 1']);
    expect(bench.tlb.loadCr3(CR3)).toBe(false);
    expect(bench.allowed(0, READ)).toEqual(['use 1']);
    mem.words[at] = 0;
    expect(bench.tlb.loadCr3(CR3)).toBe(true);
    expect(bench.allowed(0, READ)).toEqual(['fault 0']);
    expect(bench.tlb.loadCr3(0x7000_0000)).toBe(true); // no memory there: zero
    expect(bench.tlb.regs.cr3).toBe(0x7000_0000);
  });

  test('and what was remembered are as they were sealed, after a reset', () => {
    const bench = new Bench(memory(table(0), [0x1000 | FULL, 0, 0, 0]));
    bench.set(T0, 0);
    bench.tlb.loadCr3(0x7000_0000);
    bench.tlb.reset();
    expect(bench.tlb.regs.cr3).toBe(CR3);
    expect(bench.allowed(0, READ)).toEqual(['fault 0']);
  });
});
