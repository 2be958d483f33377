// SPDX-License-Identifier: GPL-2.0-only
/**
 * Page tables as a tree: the page directories with an entry that matters, what their entries refer to, and what the frames there are. One address space
 * has a directory for each gigabyte.
 */
import type { Machine } from '../../cpu/machine.ts';
import { describeEntry } from '../../mmu/describe.ts';
import { entryPfn, PAGE_SIZE_2M, PRESENT, pairText } from '../../mmu/entry.ts';
import { FRAME_KIND_NAMES, frameKind, KERNEL, kindOfSlot, PAGE_ADDRESS, PAGE_OWNER, PGD, PMD_TABLE, PTE_TABLE } from '../../mmu/frames.ts';
import { frameOfSlot, type PhysMem, pageOfSlot, pfnOfSlot, slotOf, slotOfWord } from '../../mmu/phys-mem.ts';
import type { Pfn, Ptr } from '../../mmu/types.ts';

/** An entry, or a run of entries that are alike. */
export interface Node {
  /** "pmd 0x40000000" */
  name: string;
  /** Both halves. */
  value: string;
  /** Its flags, and where it leads, by the manual's names. */
  about: string;
  /** The frame that it leads to, and what that is; '' if it leads nowhere. */
  frame: string;
  /** Index into `Watched.entries`; -1 if it is none of them. */
  watched: number;
  children: Node[];
}

export interface Tree {
  /** Whose, and the frame of the directory. */
  name: string;
  root: Node[];
}

const ENTRIES = 512;
const MAXPHYADDR = 36;

const hex = (v: number): string => `0x${(v >>> 0).toString(16)}`;

/** @param watched entries: the trees that have one of them are told */
export function treesOf(m: Machine, watched: readonly Ptr[]): Tree[] {
  const directories = new Set<number>();
  for (const p of watched) {
    const slot = slotOfWord(m.mem, p);
    if (slot < 0) continue;
    if (kindOfSlot(m.mem, slot) === PMD_TABLE) directories.add(slot);
    else for (const d of above(m.mem, slot)) directories.add(d);
  }
  return [...directories].sort((a, b) => a - b).map((slot) => treeOf(m, slot, watched));
}

/** The directories that refer to a page table. */
function above(mem: PhysMem, table: number): number[] {
  const pfn = pfnOfSlot(mem, table);
  const found: number[] = [];
  for (let slot = 0; slot < mem.frames; slot++) {
    if (kindOfSlot(mem, slot) !== PMD_TABLE) continue;
    const base = frameOfSlot(mem, slot);
    for (let i = 0; i < ENTRIES; i++) {
      if (refersTo(mem, base + 2 * i, pfn)) {
        found.push(slot);
        break;
      }
    }
  }
  return found;
}

const refersTo = ({ words }: PhysMem, p: number, pfn: Pfn): boolean =>
  (words[p]! & (PRESENT | PAGE_SIZE_2M)) === PRESENT && entryPfn(words[p]!, words[p + 1]!) === pfn;

function treeOf(m: Machine, slot: number, watched: readonly Ptr[]): Tree {
  const { mem } = m;
  const { words } = mem;
  const page = pageOfSlot(mem, slot);
  const owner = words[page + PAGE_OWNER]! as Ptr;
  const first = words[page + PAGE_ADDRESS]! >>> 0;
  const name = `${owner === 0 ? 'nobody' : m.nameOf(owner).replace(/\.[^.]*$/, '')}, from ${hex(first)}`;
  const directory = tableNodes(mem, slot, 'pmd', first, 21, watched);
  const top = pgdEntry(mem, pfnOfSlot(mem, slot), first >>> 30);
  if (top === 0) return { name, root: directory };
  const frame = frameText(mem, pfnOfSlot(mem, slot));
  return { name, root: [{ ...described(mem, 'pdpte', top, `pgd[${first >>> 30}]`), frame, watched: -1, children: directory }] };
}

/** The entry of a page of PDPTEs that refers to the directory, or 0. */
function pgdEntry(mem: PhysMem, directory: Pfn, index: number): number {
  for (let slot = 0; slot < mem.frames; slot++) {
    const kind = kindOfSlot(mem, slot);
    const p = frameOfSlot(mem, slot) + 2 * index;
    if ((kind === PGD || kind === KERNEL) && refersTo(mem, p, directory)) return p;
  }
  return 0;
}

/** The entries of a table that are not empty, or are watched. @param bits of what one of them maps */
function tableNodes(mem: PhysMem, slot: number, level: 'pmd' | 'pte', first: number, bits: number, watched: readonly Ptr[]): Node[] {
  const { words } = mem;
  const base = frameOfSlot(mem, slot);
  const nodes: { node: Node; key: string; n: number }[] = [];
  let last = -2;
  for (let i = 0; i < ENTRIES; i++) {
    const p = base + 2 * i;
    const at = watched.indexOf(p as Ptr);
    if (at < 0 && words[p] === 0 && words[p + 1] === 0) continue;
    const va = (first + i * 2 ** bits) >>> 0;
    const node = nodeOf(mem, level, p, va, at, watched);
    // Alike but for the frame, which lies behind the one before.
    const key = `${node.about.replace(/0x[0-9a-f]+/, '')} ${entryPfn(words[p]!, words[p + 1]!) - i} ${node.frame.replace(/^\S+/, '')}`;
    const run = nodes.at(-1);
    if (run !== undefined && last === i - 1 && run.key === key && at < 0 && run.node.watched < 0 && node.children.length === 0) {
      run.n++;
      run.node.name = run.node.name.replace(/( and \d+ more)?$/, ` and ${run.n} more`);
    } else nodes.push({ node, key, n: 0 });
    last = i;
  }
  return nodes.map(({ node }) => node);
}

function nodeOf(mem: PhysMem, level: 'pmd' | 'pte', p: number, va: number, at: number, watched: readonly Ptr[]): Node {
  const lo = mem.words[p]!;
  const hi = mem.words[p + 1]!;
  const present = (lo & PRESENT) !== 0;
  const pfn = entryPfn(lo, hi);
  const table = level === 'pmd' && present && (lo & PAGE_SIZE_2M) === 0 ? slotOf(mem, pfn) : -1;
  const walked = table >= 0 && kindOfSlot(mem, table) === PTE_TABLE;
  return {
    ...described(mem, level === 'pmd' ? 'pde' : 'pte', p, `${level} ${hex(va)}`),
    frame: present ? frameText(mem, pfn) : '',
    watched: at,
    children: walked ? tableNodes(mem, table, 'pte', va, 12, watched) : [],
  };
}

function described({ words }: PhysMem, level: 'pdpte' | 'pde' | 'pte', p: number, name: string): Pick<Node, 'name' | 'value' | 'about'> {
  const lo = words[p]!;
  const hi = words[p + 1]!;
  const about = (lo & PRESENT) !== 0 ? describeEntry(level, lo, hi, MAXPHYADDR, true).split(';')[0]! : absent(lo, hi);
  return { name, value: pairText(lo, hi), about };
}

const absent = (lo: number, hi: number): string => ((lo | hi) === 0 ? 'none' : 'not present');

function frameText(mem: PhysMem, pfn: Pfn): string {
  const kind = frameKind(mem, pfn);
  return `${hex(pfn)} ${kind < 0 ? 'no memory' : FRAME_KIND_NAMES[kind]}`;
}
