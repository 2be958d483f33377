// SPDX-License-Identifier: GPL-2.0-only
/**
 * The MMU with one rule broken, which some page-walk vector has to notice.
 *
 * Not among the broken rules are those that the architecture permits, so that no vector can notice: translations may be dropped at any time, and a
 * walk that faults at the PTE may set A in the PDE. Nor is one that no vector happens to notice: a page fault that leaves the PDE cache as it is.
 * Time budget: 15 s.
 */
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { ACCESSES, FETCH, IMPLICIT } from '../../mmu/access.ts';
import { CR0_CD, CR0_WP, CR4_PGE, CR4_PSE, CR4_SMAP, CR4_SMEP, EFER_NXE } from '../../mmu/control.ts';
import { ACCESSED, DIRTY, GLOBAL, PAGE_SIZE_2M, PRESENT } from '../../mmu/entry.ts';
import { FAULT_PRESENT, FAULT_RESERVED, FAULT_USER, FAULT_WRITE, NO_FAULT } from '../../mmu/fault.ts';
import { DROP_STRUCTURES, LOAD_PDPTES, ON_INVLPG, ON_MOV_CR3 } from '../../mmu/invalidation.ts';
import { Mmu } from '../../mmu/mmu.ts';
import { pdptFrame, pdptWord } from '../../mmu/pdpte.ts';
import { Registers } from '../../mmu/registers.ts';
import { type Mode, permission, permissionTable } from '../../mmu/rights.ts';
import { findSlot } from '../../mmu/slots.ts';
import { Span } from '../../mmu/span.ts';
import { CR3, FRAME_BASE, PDPTES, TAGS, TAGS_END } from '../../mmu/state.ts';
import { Tlb } from '../../mmu/tlb.ts';
import { INFO_DIRTY, TAG_GLOBAL } from '../../mmu/tlb-entry.ts';
import { Walker } from '../../mmu/walker.ts';
import { ROOT } from '../../src/build/erase.mjs';
import { findFiles } from '../../src/conformance/files.ts';
import type { Vector } from '../../src/conformance/kind.ts';
import { linesOf } from '../../src/conformance/lines.ts';
import { walkerKind } from '../../src/conformance/walker/kind.ts';

type OnMov = (changed: number, next: number, paging: boolean) => number;

/** What a mutant puts in the place of exports. */
const twist = vi.hoisted(() => ({
  exports: {} as Record<string, unknown>,
  onMovCr0: null as ((real: OnMov) => OnMov) | null,
  onMovCr4: null as ((real: OnMov) => OnMov) | null,
}));

/** A module whose constants a mutant can replace. */
const replaceable = vi.hoisted(() => (real: Record<string, unknown>) => {
  const module = {};
  for (const name of Object.keys(real)) {
    Object.defineProperty(module, name, { enumerable: true, get: () => (name in twist.exports ? twist.exports[name] : real[name]) });
  }
  return module;
});

vi.mock('../../mmu/reserved.ts', async (original) => replaceable(await original<Record<string, unknown>>()));
vi.mock('../../mmu/rights.ts', async (original) => replaceable(await original<Record<string, unknown>>()));
vi.mock('../../mmu/invalidation.ts', async (original) => {
  const real = await original<Record<'onMovCr0' | 'onMovCr4', OnMov>>();
  const on =
    (name: 'onMovCr0' | 'onMovCr4'): OnMov =>
    (...args) =>
      (twist[name]?.(real[name]) ?? real[name])(...args);
  return replaceable({ ...real, onMovCr0: on('onMovCr0'), onMovCr4: on('onMovCr4') });
});

const FILES = findFiles([join(ROOT, 'test/vectors/walker')]);

// biome-ignore lint/suspicious/noExplicitAny: mutants reach into private parts.
type Code = (this: any, ...args: any[]) => unknown;

/** Replaces a method of a class; `code` is given the real one. */
function replace(owner: { prototype: object }, name: string, code: (real: Code) => Code): void {
  const methods = owner.prototype as Record<string, Code>;
  const broken = code(methods[name]!);
  vi.spyOn(methods, name).mockImplementation(broken);
}

/** Changes what follows from the registers. */
function afterModeChange(change: (regs: Registers) => void): void {
  replace(
    Registers,
    'modeChanged',
    (real) =>
      function () {
        real.call(this);
        change(this);
      },
  );
}

/** Rights are decided as in another mode. */
const rightsIn = (change: (regs: Registers) => Partial<Mode>): void =>
  afterModeChange((regs) => {
    const { cr0, cr4, efer, ac } = regs;
    permissionTable(regs.allowed, { cr0, cr4, efer, ac, ...change(regs) });
  });

/** Changes what a walk that succeeds leaves in the entry that maps the page. */
const marks = (mark: (now: number, before: number) => number): void =>
  replace(
    Walker,
    'leaf',
    (real) =>
      function (access, at, lo, ...rest) {
        const result = real.call(this, access, at, lo, ...rest);
        if (result === NO_FAULT) this.words[at] = mark(this.words[at], lo);
        return result;
      },
  );

/** Changes what an invalidation removes. */
const removes = (change: (drops: number) => number): void =>
  replace(
    Mmu,
    'invalidate',
    (real) =>
      function (drops, va) {
        real.call(this, change(drops), va);
      },
  );

const loads = (name: 'onMovCr0' | 'onMovCr4', change: (drops: number, changed: number) => number): void => {
  twist[name] = (real) => (changed, next, paging) => change(real(changed, next, paging), changed);
};
const loadsNotFor = (name: 'onMovCr0' | 'onMovCr4', bit: number): void =>
  loads(name, (drops, changed) => ((changed & bit) === 0 ? drops : drops & ~LOAD_PDPTES));
const loadsAlsoFor = (name: 'onMovCr0' | 'onMovCr4', bit: number): void =>
  loads(name, (drops, changed) => ((changed & bit) === 0 ? drops : drops | LOAD_PDPTES));

/** Low and high words of the entries of a walk, from the page directory down. */
function entriesOf({ mem, regs }: Mmu, va: number): [number, number][] {
  const found: [number, number][] = [];
  let [lo, hi] = [regs.pdptes[(va >>> 30) << 1]!, regs.pdptes[((va >>> 30) << 1) + 1]!];
  for (const index of [(va >>> 20) & 1022, (va >>> 11) & 1022]) {
    const slot = findSlot(mem.slots, (((hi & 0xfff) << 20) | (lo >>> 12)) >>> 0);
    if ((lo & PRESENT) === 0 || slot < 0) return found;
    const at = mem.frameBase + slot * 1024 + index;
    [lo, hi] = [mem.words[at]!, mem.words[at + 1]!];
    found.push([lo, hi]);
    if ((lo & PAGE_SIZE_2M) !== 0) return found;
  }
  return found;
}

const MUTANTS: Record<string, () => void> = {
  'CR0.WP is ignored': () => rightsIn((r) => ({ cr0: r.cr0 & ~CR0_WP })),
  'CR0.WP is taken to be set': () => rightsIn((r) => ({ cr0: r.cr0 | CR0_WP })),
  'CR4.SMEP is ignored': () => rightsIn((r) => ({ cr4: r.cr4 & ~CR4_SMEP })),
  'CR4.SMAP is ignored': () => rightsIn((r) => ({ cr4: r.cr4 & ~CR4_SMAP })),
  'SMAP does not look at EFLAGS.AC': () => rightsIn(() => ({ ac: false })),
  'EFLAGS.AC lifts SMAP for implicit accesses': () =>
    afterModeChange(({ allowed }) => {
      for (let a = 0; a < ACCESSES; a++) for (let r = 0; r < 8; r++) allowed[permission(a, r)] = allowed[permission(a & ~IMPLICIT, r)]!;
    }),
  'XD forbids nothing': () => rightsIn((r) => ({ efer: r.efer & ~EFER_NXE })),
  'XD without NXE is no reserved bit': () =>
    afterModeChange((r) => {
      r.reservedHigh &= 0x7fffffff;
    }),
  'rights of the PDE do not count': () => Object.assign(twist.exports, { bothRights: (_: number, pte: number) => pte }),

  'reserved bits win over not present': () =>
    replace(
      Mmu,
      'raise',
      (real) =>
        function (va, fault) {
          const absent = fault >= 0 && (fault & FAULT_PRESENT) === 0;
          const reserved = entriesOf(this, va).some(([, hi]) => (hi & this.regs.reservedHigh) !== 0);
          return real.call(this, va, absent && reserved ? fault | FAULT_PRESENT | FAULT_RESERVED : fault);
        },
    ),
  'a reserved-bit fault is reported with P clear': () =>
    replace(
      Mmu,
      'raise',
      (real) =>
        function (va, fault) {
          return real.call(this, va, fault >= 0 && (fault & FAULT_RESERVED) !== 0 ? fault & ~FAULT_PRESENT : fault);
        },
    ),
  'reserved bits of 2 MiB PDEs are ignored': () => Object.assign(twist.exports, { RESERVED_LOW_2M: 0 }),
  'low reserved bits of PDPTEs are ignored': () => Object.assign(twist.exports, { RESERVED_LOW_PDPTE: 0 }),
  'high reserved bits of PDPTEs are ignored': () => Object.assign(twist.exports, { reservedHighPdpte: () => 0 }),
  'MAXPHYADDR is ignored': () =>
    afterModeChange((r) => {
      r.reservedHigh &= 0xfff00000;
    }),
  'the error code always says I/D': () =>
    afterModeChange((r) => {
      r.reported |= FETCH;
    }),
  'the error code never says I/D': () =>
    afterModeChange((r) => {
      r.reported &= ~FETCH;
    }),
  'the error code never says W/R': () =>
    afterModeChange((r) => {
      r.reported &= ~FAULT_WRITE;
    }),
  'the error code never says U/S': () =>
    afterModeChange((r) => {
      r.reported &= ~FAULT_USER;
    }),
  'CR2 has the address of the page': () =>
    replace(
      Mmu,
      'raise',
      (real) =>
        function (va, fault) {
          return real.call(this, va & -4096, fault);
        },
    ),

  'A is not set': () => marks((now, before) => now & (before | ~ACCESSED)),
  'D is not set': () => marks((now, before) => now & (before | ~DIRTY)),
  'D is set by reads': () => marks((now) => now | DIRTY),
  'D is not set where the TLB has the page': () =>
    replace(
      Walker,
      'walk',
      (real) =>
        function (va, access) {
          const result = real.call(this, va, access);
          if (result === NO_FAULT) this.info |= INFO_DIRTY;
          return result;
        },
    ),
  'the second page of an access is not looked at': () =>
    replace(
      Span,
      'locate',
      (real) =>
        function (va, _, access) {
          return real.call(this, va, 1, access);
        },
    ),

  'PDPTEs are read from memory at each walk': () =>
    replace(
      Walker,
      'walk',
      (real) =>
        function (va, access) {
          const { s, words, slots } = this;
          const at = s[FRAME_BASE] + findSlot(slots, pdptFrame(s[CR3])) * 1024 + pdptWord(s[CR3]);
          s.set(words.subarray(at, at + 8), PDPTES);
          return real.call(this, va, access);
        },
    ),
  'a change of CR4.SMEP does not load PDPTEs': () => loadsNotFor('onMovCr4', CR4_SMEP),
  'a change of CR4.PSE does not load PDPTEs': () => loadsNotFor('onMovCr4', CR4_PSE),
  'a change of CR4.PGE does not load PDPTEs': () => loadsNotFor('onMovCr4', CR4_PGE),
  'a change of CR0.CD does not load PDPTEs': () => loadsNotFor('onMovCr0', CR0_CD),
  'a change of CR4.SMAP loads PDPTEs': () => loadsAlsoFor('onMovCr4', CR4_SMAP),
  'a change of CR0.WP loads PDPTEs': () => loadsAlsoFor('onMovCr0', CR0_WP),

  'INVLPG removes nothing': () => removes((drops) => (drops === ON_INVLPG ? 0 : drops)),
  'INVLPG keeps the PDE cache': () => removes((drops) => (drops === ON_INVLPG ? drops & ~DROP_STRUCTURES : drops)),
  'INVLPG keeps global pages': () =>
    replace(
      Tlb,
      'dropPage',
      (real) =>
        function (va) {
          const tags = this.s.subarray(TAGS, TAGS_END);
          const before = tags.slice();
          real.call(this, va);
          for (const [i, tag] of before.entries()) if ((tag & TAG_GLOBAL) !== 0) tags[i] = tag;
        },
    ),
  'MOV CR3 removes nothing': () => removes((drops) => (drops === ON_MOV_CR3 ? 0 : drops)),
  'MOV CR3 keeps the PDE cache': () => removes((drops) => (drops === ON_MOV_CR3 ? drops & ~DROP_STRUCTURES : drops)),
  'a change of CR4 removes no translation': () => {
    loads('onMovCr4', (drops) => drops & LOAD_PDPTES);
    Object.assign(twist.exports, { DROP_ALL: 0 });
  },
  'nothing ever removes global pages but INVLPG': () => replace(Tlb, 'dropGlobal', () => () => {}),
  'a page is global with CR4.PGE clear': () =>
    replace(
      Walker,
      'leaf',
      (real) =>
        function (access, at, lo, ...rest) {
          const result = real.call(this, access, at, lo, ...rest);
          if ((lo & GLOBAL) !== 0) this.kind |= TAG_GLOBAL;
          return result;
        },
    ),
};

describe('some vector notices that', () => {
  /** Of every group and dispute in every file, as many as this; scripts all. */
  const SAMPLE = 200;
  let sample: Vector[] = [];

  beforeAll(async () => {
    const kind = walkerKind();
    for (const file of FILES) {
      const taken = new Map<string, number>();
      let number = 0;
      for await (const line of linesOf(file)) {
        const vector = kind.parse(line, `${file}:${++number}`);
        const sort = `${vector.group} ${vector.dispute}`;
        const n = taken.get(sort) ?? 0;
        taken.set(sort, n + 1);
        if (n < SAMPLE || vector.group === 'tlb') sample.push(vector);
      }
    }
    expect(sample.every((v) => v.run() === null)).toBe(true);
    // Scripts last: they are few, and notice most.
    sample = sample.reverse();
  }, 60_000);

  afterEach(() => {
    vi.restoreAllMocks();
    Object.assign(twist, { exports: {}, onMovCr0: null, onMovCr4: null });
  });

  test.each(Object.entries(MUTANTS))('%s', (_, mutate) => {
    mutate();
    const noticing = sample.find((v) => v.run() !== null);
    expect(noticing).toBeDefined();
  });
});
