// SPDX-License-Identifier: GPL-2.0-only
/**
 * A simple memory: of every process a map from pages to what they may hold, and of every file too. It says what each operation gives back and what
 * each byte is afterwards. There are no frames in it, no tables, no huge pages and no swap.
 */

import { patternWord } from '../../../src/workload/pattern.ts';
import { dropped, isSurely, type Possible, pattern, withWord, ZEROES } from './content.ts';

/** Pages of a process that programs are about, from H0 on. */
export const SPACE = 1536;

export interface File {
  kind: string;
  /** In pages. */
  size: number;
  pages: Map<number, Possible>;
}

export interface Page {
  /** Null: anonymous. */
  file: File | null;
  index: number;
  shared: boolean;
  read: boolean;
  write: boolean;
  locked: 'no' | 'yes' | 'on fault';
  userfault: boolean;
  /** What is the process's own; null: zeroes, or what the file has. */
  own: Possible | null;
  /** It was given up by MADV_FREE, whatever was written since. */
  freed: boolean;
}

export type Pages = (Page | null)[];

/** A system call: 0 or the name of an errno. */
export type Outcome = 0 | string;

export const ofFile = (file: File, index: number): Possible => file.pages.get(index) ?? ZEROES;

export const beyond = (page: Page): boolean => page.file !== null && page.index >= page.file.size;

export const holds = (page: Page): Possible => page.own ?? (page.file === null ? ZEROES : ofFile(page.file, page.index));

function put(page: Page, what: Possible): void {
  if (!page.shared || page.file === null) page.own = what;
  else page.file.pages.set(page.index, beyond(page) ? dropped(what) : what);
}

/** A huge page of shmem is mapped also where it reaches over the end of the file, by a pmd and by ptes: then an access there goes well. */
const EITHER = 'SIGBUS or nothing';

/** @returns the signal that an access ends in, or 0 */
export function signalOf(page: Page | null | undefined, write: boolean): Outcome {
  if (page == null || !(page.read || page.write) || (write && !page.write)) return 'SIGSEGV';
  if (!beyond(page)) return 0;
  return page.file!.kind === 'ramfs' ? 'SIGBUS' : EITHER;
}

export const agrees = (signal: Outcome, expected: Outcome): boolean =>
  signal === expected || (expected === EITHER && (signal === 0 || signal === 'SIGBUS'));

/** Would it be open whether populating the page goes well? */
export const mayFail = (page: Page | null): boolean => page !== null && beyond(page) && page.file!.kind !== 'ramfs';

/** Would an access wait for an answer to a userfaultfd? */
export const mayWait = (page: Page | null | undefined): boolean => page?.userfault === true && !isSurely(holds(page));

/** A page is written. @param word one word of the pattern; null: all */
export function writePage(page: Page, seed: number, g: number, word: number | null): void {
  put(page, word === null ? pattern(seed, g) : withWord(holds(page), word, patternWord(seed, g, word)));
}

export function observe(page: Page, what: Possible): void {
  if (page.own !== null || page.file === null) page.own = what;
  else page.file.pages.set(page.index, what);
}

/** What was found in a page of the process's own file copy becomes its own. */
function copied(page: Page): void {
  if (!page.shared && page.file !== null && page.own === null) page.own = ofFile(page.file, page.index);
}

const range = (pages: Pages, at: number, n: number): (Page | null)[] => pages.slice(at, at + n);

export function map(pages: Pages, at: number, n: number, prot: string, shared: boolean, file: File | null, pgoff: number): void {
  const [read, write] = [prot.includes('r'), prot.includes('w')];
  for (let i = 0; i < n; i++)
    pages[at + i] = { file, index: pgoff + i, shared, read, write, locked: 'no', userfault: false, own: null, freed: false };
}

export const unmap = (pages: Pages, at: number, n: number): void => void pages.fill(null, at, at + n);

export const forkPages = (pages: Pages): Pages =>
  pages.map((page) => (page === null ? null : { ...page, locked: 'no' as const, userfault: false }));

/** mlock() and munlock(). */
export function lock(pages: Pages, at: number, n: number, locked: Page['locked']): Outcome {
  for (const page of range(pages, at, n)) {
    if (page === null) return 'ENOMEM';
    page.locked = locked;
  }
  if (locked === 'no') return 0;
  for (const page of range(pages, at, n)) {
    if (page!.locked === 'on fault') continue;
    if (!(page!.read || page!.write) || beyond(page!)) return 'ENOMEM';
    if (page!.write) copied(page!);
  }
  return 0;
}

/** @param hugePmd of a page: is it mapped by a huge pmd that loses D? */
export function protect(pages: Pages, at: number, n: number, prot: string, hugePmd: (page: number) => boolean): Outcome {
  for (let i = at; i < at + n; i++) {
    const page = pages[i];
    if (page == null) return 'ENOMEM';
    const becomes = !page.write && prot.includes('w');
    const changes = page.write !== prot.includes('w') || page.read !== prot.includes('r');
    if (changes && hugePmd(i) && (page.freed || page.file !== null)) put(page, dropped(holds(page)));
    page.read = prot.includes('r');
    page.write = prot.includes('w');
    if (page.locked === 'yes' && becomes && !page.shared && !beyond(page)) copied(page);
  }
  return 0;
}

/** @param whole whether the old range lies in one mapping @returns what mremap() with a new address does */
export function remap(pages: Pages, at: number, n: number, newN: number, to: number, whole: (n: number) => boolean): Outcome {
  if (pages[at] == null) return 'EFAULT';
  if (at + n > to && to + newN > at) return 'EINVAL';
  unmap(pages, to, newN);
  if (newN < n) unmap(pages, at + newN, n - newN);
  const left = Math.min(n, newN);
  if (!whole(left)) return 'EFAULT';
  const moved = range(pages, at, left).map((page) => ({ ...page!, userfault: false }));
  unmap(pages, at, left);
  for (let i = 0; i < newN; i++) {
    const first = moved[0]!;
    pages[to + i] = moved[i] ?? { ...first, index: first.index + i, own: null, freed: false };
    const page = pages[to + i]!;
    if (i >= left && page.locked === 'yes' && page.write && !beyond(page)) copied(page);
  }
  return 0;
}

export function advise(pages: Pages, at: number, n: number, advice: string): Outcome {
  let hole: Outcome = 0;
  for (const page of range(pages, at, n)) {
    if (page === null) {
      hole = 'ENOMEM';
      continue;
    }
    const error = adviseOne(page, advice);
    if (error !== 0) return error;
  }
  return hole;
}

function adviseOne(page: Page, advice: string): Outcome {
  const locked = page.locked !== 'no';
  const anonymous = page.file === null;
  switch (advice) {
    case 'DONTNEED':
      if (locked) return 'EINVAL';
      if (!page.shared) page.own = null;
      page.freed = false;
      return 0;
    case 'FREE':
      if (locked || !anonymous) return 'EINVAL';
      if (page.own !== null) page.own = dropped(page.own);
      page.freed = true;
      return 0;
    case 'REMOVE':
      if (locked || anonymous) return 'EINVAL';
      if (!page.shared) return 'EACCES';
      if (page.file!.kind === 'ramfs') return 'EOPNOTSUPP';
      page.file!.pages.delete(page.index);
      return 0;
    case 'PAGEOUT':
    case 'COLD':
      return locked ? 'EINVAL' : 0;
    case 'POPULATE_WRITE':
      if (!page.write) return 'EINVAL';
      if (beyond(page)) return 'EFAULT';
      copied(page);
      return 0;
    case 'POPULATE_READ':
      if (!(page.read || page.write)) return 'EINVAL';
      return beyond(page) ? 'EFAULT' : 0;
    default:
      return 0;
  }
}

/** What a file has from page `from` on is gone, in those who have copied it too. */
export function truncate(file: File, size: number, all: Iterable<Pages>): void {
  for (const index of [...file.pages.keys()]) if (size <= file.size && index >= size) file.pages.delete(index);
  if (size < file.size) {
    for (const pages of all) for (const page of pages) if (page?.file === file && page.index >= size) page.own = null;
  }
  grow(file, size);
  file.size = size;
}

/** What was written behind the end, in a huge page, may have been dropped until now. */
function grow(file: File, size: number): void {
  for (const [index, what] of file.pages) if (index >= file.size && index < size) file.pages.set(index, { ...what, droppable: false });
}

export function punch(file: File, at: number, n: number): Outcome {
  if (file.kind === 'ramfs') return 'EOPNOTSUPP';
  for (let i = at; i < at + n; i++) file.pages.delete(i);
  return 0;
}

export function writeFile(file: File, at: number, n: number, seed: number): void {
  grow(file, at + n);
  for (let i = at; i < at + n; i++) file.pages.set(i, pattern(seed, i));
  file.size = Math.max(file.size, at + n);
}
