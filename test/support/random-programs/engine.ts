// SPDX-License-Identifier: GPL-2.0-only
/**
 * Performs a random program in a world and in the reference, and says where they differ, or where the audit finds something. It is bundled, erased:
 * ./erased.
 */

import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { Defect } from '../../../cpu/violation.ts';
import { frameOfSlot, type PhysMem, pageOfSlot, slotOf } from '../../../mmu/phys-mem.ts';
import type { Pfn, Ptr } from '../../../mmu/types.ts';
import { Stopped } from '../../../src/engines/direct.ts';
import { audit } from '../../../src/invariants/audit.ts';
import { user_page } from '../../../src/kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { vfs_unlink } from '../../../src/kernel/fs/inode/new_inode.ts';
import { file_inode } from '../../../src/kernel/include/linux/fs.ts';
import { mm_struct, vm_area_struct } from '../../../src/kernel/include/linux/mm_types.ts';
import { addressText, H0, PAGE_SIZE } from '../../../src/workload/address.ts';
import { close } from '../../../src/workload/files.ts';
import { parseOperation } from '../../../src/workload/parse.ts';
import { Performer } from '../../../src/workload/perform.ts';
import { type OpResult, signalName } from '../../../src/workload/result.ts';
import { rootsOf } from '../../../src/workload/roots.ts';
import { type Process, World, worldMemory } from '../../../src/workload/world.ts';
import { describeContent, describePage, dropped, seen } from './content.ts';
import { inUse } from './in-use.ts';
import type { Program, Step } from './program.ts';
import * as reference from './reference.ts';
import { agrees, beyond, type File, holds, mayFail, mayWait, type Outcome, type Page, type Pages, SPACE, signalOf } from './reference.ts';

export interface Setting {
  release: '6.1' | '6.5' | '6.6';
  /** RAM and swap in bytes. */
  bytes: number;
  swap: number;
  /** Whoever asks for more memory than there is may be refused, and is ended then. */
  short?: boolean;
}

export interface Verdict {
  /** What is wrong, or null. */
  problem: string | null;
  /** What was done, as a workload. */
  lines: string[];
  /** Operations that made huge pages, and calls and accesses that were refused for want of memory. */
  collapsed: number;
  refused: number;
}

const CPUS = 3;
const SETTINGS = [
  'enabled always',
  'enabled madvise',
  'enabled never',
  'shmem_enabled always',
  'shmem_enabled never',
  'shmem_enabled within_size',
  'shmem_enabled force',
  'use_zero_page 1',
  'use_zero_page 0',
  'khugepaged/max_ptes_none 0',
  'khugepaged/max_ptes_none 511',
  'khugepaged/max_ptes_swap 0',
  'khugepaged/max_ptes_swap 512',
  'khugepaged/max_ptes_shared 0',
  'khugepaged/max_ptes_shared 512',
  'defrag never',
];
const ADVICE = [
  ...['HUGEPAGE', 'HUGEPAGE', 'NOHUGEPAGE', 'DONTNEED', 'DONTNEED', 'REMOVE', 'FREE', 'FREE'],
  ...['PAGEOUT', 'PAGEOUT', 'PAGEOUT', 'COLD', 'POPULATE_WRITE', 'POPULATE_READ'],
];
const PROTECTIONS = ['r', 'rw', 'rw', '-', 'r'];
const BACKINGS = [
  ...['anon', 'anon', 'anon', 'anon', 'anonshared', 'shared F0', 'shared F0', 'shared F1'],
  ...['shared F2', 'private F0', 'private F1', 'private F2'],
];
/** Nobody unmounts. */
const MOUNTS = ['ramfs_fs_info', 'shmem_sb_info'];
/** Errors that lack of memory explains. */
const FOR_WANT_OF_MEMORY = ['ENOMEM', 'EAGAIN', 'SIGKILL', 'SIGBUS', 'EFAULT', 'ENOSPC'];

/** Ends a program: what is wrong. */
class Difference extends Error {}

const at = (page: number): string => addressText(H0 + page * PAGE_SIZE);

class Run {
  readonly lines: string[] = [];
  private readonly w: World;
  private readonly performer: Performer;
  private readonly setting: Setting;
  private readonly files = new Map<string, File>();
  private readonly processes = new Map<string, Pages>();
  /** Pages of processes and of files that a program has had to do with. */
  private readonly touched = new Set<number>();
  collapsed = 0;
  refused = 0;
  private born = 0;
  /** The nodes that a collapse makes in vain stay when the file goes, in Linux too: fs/inode.c, clear_inode(). */
  private collapseFailed = false;
  private readonly before: Record<string, number>;

  constructor(setting: Setting, { kinds, sizes }: Program, mem: PhysMem) {
    this.setting = setting;
    this.w = new World({ release: setting.release, cpus: CPUS, bytes: setting.bytes, swap: setting.swap }, mem);
    litter(mem);
    this.performer = new Performer(this.w);
    this.before = inUse(this.w);
    [...kinds, 'ramfs'].forEach((kind, i) => {
      const size = sizes[i]!;
      this.files.set(`F${i}`, { kind, size, pages: new Map() });
      this.op(`file F${i} ${kind} ${size}`);
    });
    this.spawn(1);
  }

  private op(line: string): OpResult {
    this.lines.push(line);
    const result = this.performer.perform(parseOperation(line, 'program'));
    if (result.measured?.trace.some(([, event]) => /mm_khugepaged_(collapse|scan)_file.*result=(?!succeeded)/.test(event)) === true)
      this.collapseFailed = true;
    if (
      result.ret === 0 &&
      result.measured?.vmstat['thp_collapse_alloc'] !== undefined &&
      !(line === 'khugepaged' && result.measured.pages_collapsed === 0)
    )
      this.collapsed++;
    return result;
  }

  private fail(text: string): never {
    throw new Difference(text);
  }

  private spawn(cpu: number): void {
    const name = `P${this.born++}`;
    if (this.op(`spawn ${name} ${cpu}`).err !== undefined) {
      if (this.setting.short !== true) this.fail(`${this.lines.at(-1)}: was refused`);
      this.refused++;
      return;
    }
    this.processes.set(
      name,
      Array.from({ length: SPACE }, () => null),
    );
  }

  private end(name: string): void {
    if (this.process(name).pinned.length > 0) this.op(`unpin ${name}`);
    this.op(`exit ${name}`);
    this.processes.delete(name);
  }

  private process(name: string): Process {
    return this.w.processes.get(name)!;
  }

  /** The kernel's answer against the reference's. @returns whether they agree */
  private compare(name: string, result: OpResult, expected: Outcome): boolean {
    const err = result.err ?? 0;
    if (agrees(err, expected)) return true;
    if (this.setting.short !== true || !FOR_WANT_OF_MEMORY.includes(String(err)))
      this.fail(`${this.lines.at(-1)}: gave ${err}, and should have given ${expected}`);
    this.refused++;
    if (this.processes.has(name)) this.end(name);
    return false;
  }

  /** khugepaged looks at everybody, and faults bring huge pages. */
  always(): void {
    this.op('set enabled always');
  }

  step(s: Step): void {
    if (this.processes.size === 0) this.spawn(s.who % CPUS);
    if (this.processes.size === 0) return;
    const names = [...this.processes.keys()];
    const name = names[s.who % names.length]!;
    const pages = this.processes.get(name)!;
    const n = Math.min(s.n, SPACE - s.from);
    for (let i = 0; i < Math.min(n, 4); i++) this.touched.add(s.from + i).add(s.from + n - 1 - i);
    this.perform(s, name, pages, n);
    const found = audit(this.w.k, rootsOf(this.w));
    if (found.length > 0) this.fail(`${this.lines.at(-1)}: ${found.slice(0, 8).join('; ')}`);
  }

  private perform(s: Step, name: string, pages: Pages, n: number): void {
    const range = `${name} ${at(s.from)} ${n}`;
    const ranged = pages.slice(s.from, s.from + n);
    switch (s.op) {
      case 'mmap':
        this.map(s, name, pages, n);
        return;
      case 'munmap':
        if (this.compare(name, this.op(`munmap ${range}`), 0)) reference.unmap(pages, s.from, n);
        return;
      case 'mprotect':
        this.protect(s, name, pages, n);
        return;
      case 'mremap':
        this.remap(s, name, pages, n);
        return;
      case 'write':
      case 'store':
        this.write(s, name, pages, n);
        return;
      case 'read':
        this.read(s, name, n);
        return;
      case 'madvise':
        this.advise(s, name, pages, n);
        return;
      case 'collapse':
        this.op(`collapse ${name} ${at(s.from - (s.choice % 8 === 0 ? 0 : s.from % 512))} ${s.choice % 8 < 2 ? Math.max(n, 512) : 512}`);
        return;
      case 'khugepaged':
        if (s.choice % 3 === 0) this.op(`cpu khugepaged ${s.choice % CPUS}`);
        this.op('khugepaged');
        return;
      case 'fwrite':
      case 'fpunch':
      case 'ftrunc':
        this.changeFile(s, n);
        return;
      case 'fork':
        this.fork(name, pages);
        return;
      case 'exit':
        if (this.processes.size > 1) this.end(name);
        return;
      case 'mlock':
        if (ranged.some((page) => page?.userfault === true || mayFail(page))) return;
        if (s.choice % 3 === 0) this.compare(name, this.op(`mlockonfault ${range}`), reference.lock(pages, s.from, n, 'on fault'));
        else this.compare(name, this.op(`mlock ${range}`), reference.lock(pages, s.from, n, 'yes'));
        return;
      case 'munlock':
        this.compare(name, this.op(`munlock ${range}`), reference.lock(pages, s.from, n, 'no'));
        return;
      case 'pin':
        if (!ranged.slice(0, 4).some((page) => mayWait(page))) this.op(`pin ${name} ${at(s.from)} ${Math.min(n, 4)}`);
        return;
      case 'unpin':
        this.op(`unpin ${name}`);
        return;
      case 'uffd':
        if (ranged.some((page) => page !== null && page.locked !== 'no')) return;
        if (this.op(`uffd ${range} missing`).err === undefined) for (const page of ranged) if (page !== null) page.userfault = true;
        return;
      case 'threads':
        this.op(`threads ${name} 0x${(2 << (s.choice % (CPUS - 1))).toString(16)} ${s.choice % 5 === 0 ? 'idle' : 'spin'}`);
        return;
      case 'join':
        this.op(`join ${name}`);
        return;
      case 'set':
        this.op(`set ${SETTINGS[s.choice % SETTINGS.length]}`);
    }
  }

  private map(s: Step, name: string, pages: Pages, n: number): void {
    const [backing, fileName] = BACKINGS[s.choice % BACKINGS.length]!.split(' ') as [string, string | undefined];
    const whole = s.word === 0 ? n : Math.min(SPACE - (s.from - (s.from % 512)), Math.max(512, s.n));
    const from = s.word === 0 ? s.from : s.from - (s.from % 512);
    const prot = s.seed % 8 === 0 ? 'r' : 'rw';
    const pgoff = s.word === 1023 ? s.to % 16 : from % 1024;
    const line = `mmap ${name} ${at(from)} ${whole} ${prot} ${backing}`;
    if (!this.compare(name, this.op(fileName === undefined ? line : `${line} ${fileName} ${pgoff}`), 0)) return;
    const own: File = { kind: 'memfd', size: whole, pages: new Map() };
    const file = fileName === undefined ? (backing === 'anonshared' ? own : null) : this.files.get(fileName)!;
    const shared = backing === 'shared' || backing === 'anonshared';
    reference.map(pages, from, whole, prot, shared, file, fileName === undefined ? 0 : pgoff);
  }

  private protect(s: Step, name: string, pages: Pages, n: number): void {
    if (pages.slice(s.from, s.from + n).some((page) => page?.locked === 'yes' && (page.userfault || mayFail(page)))) return;
    const prot = PROTECTIONS[s.choice % PROTECTIONS.length]!;
    const huge = new Set<number>();
    // What D of a huge pmd says is lost by 6.6: Linux f7491d7c81db mends it.
    if (this.setting.release === '6.6')
      for (let i = s.from - (s.from % 512); i < s.from + n; i += 512) if (this.isHugePmd(name, i)) huge.add(i / 512);
    const result = this.op(`mprotect ${name} ${at(s.from)} ${n} ${prot}`);
    const expected = reference.protect(pages, s.from, n, prot, (page) => huge.has(Math.floor(page / 512)));
    this.compare(name, result, expected);
  }

  /** Is an address mapped by a huge pmd? */
  private isHugePmd(name: string, page: number): boolean {
    const { mem } = this.w.m;
    const va = H0 + page * PAGE_SIZE;
    const entry = (at: number): number =>
      frameOfSlot(mem, slotOf(mem, ((mem.words[at]! >>> 12) + (mem.words[at + 1]! & 0xfff) * 2 ** 20) as Pfn));
    const pgd = frameOfSlot(mem, slotOf(mem, mem.words[this.process(name).mm + mm_struct.pgd]! as Pfn)) + 2 * (va >>> 30);
    if ((mem.words[pgd]! & 1) === 0) return false;
    return (mem.words[entry(pgd) + 2 * ((va >>> 21) & 511)]! & 0x80) !== 0;
  }

  /** Does a range lie in one VMA? */
  private inOneVma(name: string, page: number, n: number): boolean {
    const { words } = this.w.m.mem;
    const start = H0 + page * PAGE_SIZE;
    for (let vma = words[this.process(name).mm + mm_struct.mmap]!; vma !== 0; vma = words[vma + vm_area_struct.vm_next]!) {
      const [from, to] = [words[vma + vm_area_struct.vm_start]! >>> 0, words[vma + vm_area_struct.vm_end]! >>> 0];
      if (from <= start && start < to) return start + n * PAGE_SIZE <= to;
    }
    return false;
  }

  private remap(s: Step, name: string, pages: Pages, n: number): void {
    const newN = Math.min(s.choice % 3 === 0 ? Math.max(1, n + (s.choice % 9) - 4) : n, SPACE);
    const to = Math.min(s.choice % 4 === 1 ? s.to - (s.to % 512) + (s.from % 512) : s.to, SPACE - newN);
    if (pages.slice(s.from, s.from + n).some((page) => page?.userfault === true && page.locked !== 'no')) return;
    const whole = [n, Math.min(n, newN)].map((many) => this.inOneVma(name, s.from, many));
    const result = this.op(`mremap ${name} ${at(s.from)} ${n} ${newN} ${at(to)}`);
    const expected = reference.remap(pages, s.from, n, newN, to, (many) => whole[many === n ? 0 : 1]!);
    this.compare(name, result, expected);
  }

  private write(s: Step, name: string, pages: Pages, most: number): void {
    const stride = [1, 1, 1, 2, 64][s.choice % 5]!;
    const many = this.setting.short === true || s.choice % 6 === 0 ? most : Math.min(most, 8);
    const count = Math.min(many, Math.floor((SPACE - 1 - s.from) / stride) + 1);
    const list = Array.from({ length: count }, (_, i) => s.from + i * stride);
    const last = list.findIndex((i) => !agrees(0, signalOf(pages[i], true)));
    const reached = last < 0 ? list : list.slice(0, last + 1);
    if (reached.some((i) => mayWait(pages[i]))) return;
    const word = s.op === 'store' ? s.word : null;
    const what = `${name} ${at(s.from)} ${count} ${s.seed}`;
    const result = this.op(word === null ? `write ${what} ${stride}` : `store ${what} ${word} ${stride}`);
    const done = result.pages!;
    for (const i of list.slice(0, done)) {
      this.touched.add(i);
      const page = pages[i];
      if (!agrees(0, signalOf(page, true))) this.fail(`${this.lines.at(-1)}: page ${i} could be written`);
      reference.writePage(page!, s.seed, i, word);
    }
    this.compare(name, result, done === count ? 0 : signalOf(pages[list[done]!], true));
  }

  private read(s: Step, name: string, most: number): void {
    for (let i = s.from; i < s.from + Math.min(most, 16); i++) if (!this.look(name, i)) return;
  }

  /** Reads a page as a user would, and compares what is there. @returns false if the process is no more */
  private look(name: string, i: number): boolean {
    const p = this.process(name);
    const page = this.processes.get(name)![i];
    if (mayWait(page)) return true;
    const expected = signalOf(page, false);
    const { words } = this.w.m.mem;
    const thread = [...p.spinning].find((cpu) => this.w.spinner[cpu] === p && cpu !== p.cpu);
    const cpu = thread !== undefined && i % 2 === 0 ? thread : p.cpu;
    const line = `read ${name} ${at(i)} 1${cpu === p.cpu ? '' : ` # by its thread on CPU ${cpu}`}`;
    this.lines.push(line);
    const access = (c: Vcpu): Code<Ptr> => user_page(c, p.mm, H0 + i * PAGE_SIZE, false);
    const frame = cpu === p.cpu ? this.w.by(p, access) : this.w.run(cpu, access);
    const signal: Outcome = frame !== 0 ? 0 : signalName(this.w.m.contexts[cpu]!.out);
    if (!agrees(signal, expected)) return this.compare(name, { op: line, ...(signal !== 0 && { err: signal }) }, expected);
    if (frame === 0) return true;
    const was = holds(page!);
    const now = seen(was, words, frame);
    if (now === null)
      this.fail(`${line}: found ${describePage(words, frame)}, and should have found ${was.contents.map(describeContent).join(' or ')}`);
    if (now !== was) reference.observe(page!, now);
    return true;
  }

  private advise(s: Step, name: string, pages: Pages, n: number): void {
    const advice = ADVICE[s.choice % ADVICE.length]!;
    if (advice.startsWith('POPULATE') && pages.slice(s.from, s.from + n).some((page) => mayWait(page) || mayFail(page))) return;
    const result = this.op(`madvise ${name} ${at(s.from)} ${n} ${advice}`);
    if (advice.endsWith('HUGEPAGE')) return;
    this.compare(name, result, reference.advise(pages, s.from, n, advice));
  }

  private changeFile(s: Step, n: number): void {
    const name = `F${s.choice % 3}`;
    const file = this.files.get(name)!;
    if (s.op === 'ftrunc') {
      const size = s.choice % 7 === 0 ? 0 : s.from;
      if (this.compare('', this.op(`ftrunc ${name} ${size}`), 0)) reference.truncate(file, size, this.processes.values());
    } else if (s.op === 'fpunch') {
      const result = this.op(`fpunch ${name} ${s.from} ${n}`);
      const was = new Map(file.pages);
      if (this.compare('', result, reference.punch(file, s.from, n))) return;
      for (const [i, what] of was) file.pages.set(i, i >= s.from && i < s.from + n ? { ...dropped(what), droppable: false } : what);
    } else {
      const result = this.op(`fwrite ${name} ${s.from} ${s.choice % 16 === 0 ? n : Math.min(n, 8)} ${s.seed}`);
      reference.writeFile(file, s.from, result.pages!, s.seed);
      this.compare('', result, 0);
    }
  }

  private fork(name: string, pages: Pages): void {
    if (this.processes.size === 3) return;
    const child = `P${this.born++}`;
    const result = this.op(`fork ${name} ${child}`);
    if (result.err === undefined) this.processes.set(child, reference.forkPages(pages));
    else if (this.setting.short === true) this.refused++;
    else this.fail(`${this.lines.at(-1)}: gave ${result.err}`);
  }

  /** Everything is looked at, everybody ends, and nothing is left. */
  finish(): void {
    for (const name of [...this.processes.keys()]) this.lookAtAll(name);
    for (const name of [...this.processes.keys()]) this.end(name);
    this.op('khugepaged'); // it may stand at one that has ended, and lets go of it now
    for (const { file, kind } of this.w.files.values()) {
      const inode = file_inode(this.w.m.contexts[0]!, file);
      close(this.w, file);
      if (kind !== 'memfd') this.w.run(0, (c) => vfs_unlink(c, inode));
    }
    this.w.files.clear();
    const found = audit(this.w.k, rootsOf(this.w));
    if (found.length > 0) this.fail(`at the end: ${found.slice(0, 8).join('; ')}`);
    const after = inUse(this.w);
    const left = Object.keys(after).filter(
      (what) => after[what] !== (this.before[what] ?? 0) && !MOUNTS.includes(what) && !(this.collapseFailed && what === 'radix_tree_node'),
    );
    if (left.length > 0) this.fail(`left behind: ${left.map((what) => `${what} ${this.before[what] ?? 0} -> ${after[what]}`).join(', ')}`);
  }

  private lookAtAll(name: string): void {
    const pages = this.processes.get(name)!;
    for (let i = 0; i < SPACE; i++) {
      const page: Page | null = pages[i]!;
      const special = page !== null && !beyond(page) && (page.own !== null || page.file?.pages.has(page.index) === true);
      if ((special || this.touched.has(i)) && !this.look(name, i)) return;
    }
    const found = audit(this.w.k, rootsOf(this.w));
    if (found.length > 0) this.fail(`after looking at ${name}: ${found.slice(0, 8).join('; ')}`);
  }
}

/** What RAM holds that nobody has used yet. */
const GARBAGE = 0x5a5a5a5a;
/** So many frames of it: a program that uses more finds zeroes in the rest. */
const MOST_LITTER = 1024;

/** Where the memories of worlds lie: one after another. */
const words = new Int32Array(new SharedArrayBuffer(2 ** 27));
let used: PhysMem | null = null;

/** As at the start of a machine: what the last world has used is wiped. */
function wiped(): PhysMem {
  if (used !== null) {
    words.fill(0, 0, used.objectTop);
    words.fill(0, used.pageBase, pageOfSlot(used, used.frames));
  }
  words.fill(0, used?.frameBase, used === null ? words.length : frameOfSlot(used, used.frames) + MOST_LITTER * 1024);
  used = worldMemory(words);
  return used;
}

/** RAM that the kernel has not used when it is up is not zero. */
function litter(mem: PhysMem): void {
  words.fill(GARBAGE, frameOfSlot(mem, mem.frames), Math.min(words.length, frameOfSlot(mem, mem.frames + MOST_LITTER)));
}

export function runProgram(program: Program, setting: Setting): Verdict {
  let run: Run | null = null;
  try {
    run = new Run(setting, program, wiped());
    for (const s of program.layout) run.step(s);
    if (program.always) run.always();
    for (const s of program.steps) run.step(s);
    run.finish();
    return verdict(null, run);
  } catch (e) {
    if (e instanceof Difference) return verdict(e.message, run);
    const kind = e instanceof Stopped ? 'stopped' : e instanceof Defect ? 'defect' : 'crash';
    return verdict(`${run?.lines.at(-1)}: ${kind}: ${e instanceof Error ? (e.stack ?? e.message) : String(e)}`, run);
  }
}

const verdict = (problem: string | null, run: Run | null): Verdict => ({
  problem,
  lines: run?.lines ?? [],
  collapsed: run?.collapsed ?? 0,
  refused: run?.refused ?? 0,
});
