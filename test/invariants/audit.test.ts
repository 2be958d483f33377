// SPDX-License-Identifier: GPL-2.0-only
/**
 * The audit finds nothing in a world where all is well, and every kind of damage that is done to one. Budget: 10 s.
 */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FILE, FREE } from '../../mmu/frames.ts';
import { frameOfSlot, pageOfSlot, slotOf } from '../../mmu/phys-mem.ts';
import { FRAME_WORDS, type Pfn, type Ptr } from '../../mmu/types.ts';
import { audit } from '../../src/invariants/audit.ts';
import { address_space, mm_struct, page } from '../../src/kernel/include/linux/mm_types.ts';
import { XA_RETRY_ENTRY } from '../../src/kernel/include/linux/xarray.ts';
import { parseWorkload } from '../../src/workload/parse.ts';
import { Performer } from '../../src/workload/perform.ts';
import { rootsOf } from '../../src/workload/roots.ts';
import { DEFAULTS, World, worldMemory } from '../../src/workload/world.ts';

const WORKLOAD = `
case audited
spawn P0 0
file F0 memfd 1024 0
mmap P0 H0 1024 rw anon
mmap P0 H4 1024 rw shared F0 0
write P0 H0 1024 1
write P0 H4 1024 1
madvise P0 H0+700 16 PAGEOUT
collapse P0 H0 512
collapse P0 H4 512
fork P0 P1
write P1 H0+600 8 2
snap end
end
`;

let w: World;
const undo: (() => void)[] = [];

/** Writes past everything; taken back when the test is over. */
function set(at: number, value: number): void {
  const { words } = w.m.mem;
  const old = words[at]!;
  undo.push(() => {
    words[at] = old;
  });
  words[at] = value;
}

const add = (at: number, n: number): void => set(at, w.m.mem.words[at]! + n);

function clear(entry: number): void {
  set(entry, 0);
  set(entry + 1, 0);
}

beforeAll(() => {
  w = new World({ ...DEFAULTS, release: '6.6' }, worldMemory(new Int32Array(new SharedArrayBuffer(2 ** 28))));
  const performer = new Performer(w);
  for (const op of parseWorkload(WORKLOAD, 'audited').flatMap((c) => c.operations)) performer.perform(op);
}, 60_000);

afterEach(() => {
  for (const back of undo.splice(0).reverse()) back();
});

const findings = (): string => audit(w.k, rootsOf(w)).join('\n');
const mmOf = (name: string): Ptr => w.processes.get(name)!.mm;

/** Word of the pmd of an address. */
function pmdOf(name: string, va: number): number {
  const { mem } = w.m;
  const pgd = frameOfSlot(mem, slotOf(mem, mem.words[mmOf(name) + mm_struct.pgd]! as Pfn));
  const directory = slotOf(mem, (mem.words[pgd + 2 * (va >>> 30)]! >>> 12) as Pfn);
  return frameOfSlot(mem, directory) + 2 * ((va >>> 21) & 511);
}

/** Word of the pte of an address. */
function pteOf(name: string, va: number): number {
  const { mem } = w.m;
  const at = pmdOf(name, va);
  return frameOfSlot(mem, slotOf(mem, ((mem.words[at]! >>> 12) + (mem.words[at + 1]! & 0xfff) * 2 ** 20) as Pfn)) + 2 * ((va >>> 12) & 511);
}

/** The struct page that a pte maps. */
function pageAt(name: string, va: number): Ptr {
  const { mem } = w.m;
  const at = pteOf(name, va);
  return pageOfSlot(mem, slotOf(mem, ((mem.words[at]! >>> 12) + (mem.words[at + 1]! & 0xfff) * 2 ** 20) as Pfn));
}

/** The struct page of the table that a pmd points to. */
const tableAt = (name: string, va: number): Ptr => pageOfSlot(w.m.mem, Math.floor((pteOf(name, va) - w.m.mem.frameBase) / FRAME_WORDS));

const H1 = 0x40200000;

test('nothing is wrong', () => {
  expect(findings()).toBe('');
});

describe('what is done to it is found', () => {
  test('a reference too many', () => {
    add(pageAt('P0', H1) + page._refcount, 1);
    expect(findings()).toMatch(/_refcount is \d+, and should be \d+/);
  });

  test('a mapping too few', () => {
    add(pageAt('P0', H1) + page._mapcount, -1);
    expect(findings()).toMatch(/_mapcount/);
  });

  test('a pte that is gone', () => {
    clear(pteOf('P0', H1));
    expect(findings()).toMatch(/_mapcount[\s\S]*_refcount/);
  });

  test('a page table that hangs nowhere', () => {
    clear(pmdOf('P0', H1));
    expect(findings()).toMatch(/pgtables_bytes/);
    expect(findings()).toMatch(/is a page table of nobody's/);
  });

  test('a page table in two places', () => {
    const at = pmdOf('P0', H1);
    for (const half of [0, 1]) set(at + 4 + half, w.m.mem.words[at + half]!);
    expect(findings()).toMatch(/is in two places/);
  });

  test('a frame that is no table in the place of one', () => {
    set(tableAt('P0', H1) + page.ghost_kind, FILE);
    expect(findings()).toMatch(/points to what is no page table/);
  });

  test('a huge mapping that is gone', () => {
    clear(pmdOf('P0', 0x40000000));
    expect(findings()).toMatch(/_entire_mapcount|pgtables_bytes/);
  });

  test('a file that counts its pages wrongly', () => {
    const { mapping } = rootsOf(w).files[0]!;
    add(mapping + address_space.nrpages, 1);
    expect(findings()).toMatch(/nrpages/);
  });

  test('a mark of collapse_file() that was left behind', () => {
    const { mapping } = rootsOf(w).files[0]!;
    set(mapping + address_space.xa_head, XA_RETRY_ENTRY);
    expect(findings()).toMatch(/a retry entry is left at 0/);
  });

  test('a swap slot that is forgotten', () => {
    clear(pteOf('P0', H1 + (700 - 512) * 4096));
    expect(findings()).toMatch(/swap slot \d+ counts 2 references, and has 1/);
  });

  test('a process that nobody knows', () => {
    const p = w.processes.get('P1')!;
    p.alive = false;
    undo.push(() => {
      p.alive = true;
    });
    expect(findings()).toMatch(/_refcount/);
    expect(findings()).toMatch(/is a page table of nobody's/);
  });

  test('a mapping of a page that was freed', () => {
    set(pageAt('P0', H1) + page.ghost_kind, FREE);
    expect(findings()).toMatch(/is mapped, and is free/);
  });
});
