// SPDX-License-Identifier: GPL-2.0-only
/**
 * Performs the operations of a workload in a world, one by one.
 */
import { NULL, type Ptr } from '../../mmu/types.ts';
import { MAX_ORDER_NR_PAGES } from '../kernel/include/linux/mmzone.ts';
import { EBADF, ENOMEM, ESRCH } from '../kernel/include/uapi/asm-generic/errno.ts';
import { dup_mm } from '../kernel/kernel/fork/dup_mm.ts';
import { mm_alloc } from '../kernel/kernel/fork/mm_alloc.ts';
import { thp_sysfs_store } from '../kernel/mm/huge_memory/sysfs.ts';
import { khugepaged_collapse_control } from '../kernel/mm/khugepaged/collapse_control.ts';
import { khugepaged_do_scan } from '../kernel/mm/khugepaged/khugepaged_do_scan.ts';
import { unused_pages } from '../kernel/mm/page_alloc/take_unused.ts';
import { UsageError } from '../usage-error.ts';
import { parseAddress } from './address.ts';
import { extreme } from './extreme.ts';
import { close, createFile, openForReading, punch, truncate, writeFile } from './files.ts';
import { Interrupted } from './interrupted.ts';
import { measure, type TraceFormat } from './measure.ts';
import type { Operation } from './operation.ts';
import { scanFor } from './pace.ts';
import { type OpResult, signalName, syscallResult } from './result.ts';
import { snapFile, snapProcess } from './snapshot.ts';
import { madvise, mlock, mmap, mprotect, mremap, munlock, munmap, pin, unpin } from './syscalls.ts';
import { lineOf } from './trace-text.ts';
import { read, store, type Touched, verify, verifyZero, write } from './user.ts';
import { registerUserfault } from './userfault.ts';
import type { OpenFile, Process, World } from './world.ts';

/** Where `register` asks for huge pages once. */
const ELSEWHERE = parseAddress('H511')!;

type Result = Omit<OpResult, 'op'>;

/** An operation is about a process or a file that there is no more, or never was for want of memory. */
class Gone extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super();
    this.errno = errno;
  }
}

export class Performer {
  private readonly w: World;
  /** Names of the huge pages seen so far. */
  private readonly names = new Map<number, string>();
  /** Processes that were killed, processes and files that could not be made. */
  private readonly gone = new Set<string>();

  private readonly format: TraceFormat | null;

  /** @param format of what is traced while an operation is measured; null: it is not told */
  constructor(w: World, format: TraceFormat | null = lineOf) {
    this.w = w;
    this.format = format;
  }

  /** @throws UsageError where the operation makes no sense here; Stopped at a violation of the kernel's */
  perform(op: Operation): OpResult {
    const result = op.measured ? this.measured(op) : { op: op.text, ...this.untilStopped(op) };
    if (result.err === 'SIGKILL') result.killed = this.kill(op);
    this.checkRoom(op);
    return result;
  }

  /** Out of memory: whoever asked is ended, and its memory is free. @returns its name */
  private kill(op: Operation): string {
    const p = this.process(op);
    unpin(this.w, p);
    this.w.exit(p);
    this.gone.add(p.name);
    return p.name;
  }

  private measured(op: Operation): OpResult {
    let result: Result = {};
    const actor = op.name === 'khugepaged' ? 'khugepaged' : String(op.args[0]);
    const measured = measure(
      this.w,
      this.format,
      (cpu) => (cpu === this.cpuOf(op) ? actor : `cpu${cpu}`),
      () => {
        result = this.untilStopped(op);
      },
    );
    return { op: op.text, ...result, measured };
  }

  private untilStopped(op: Operation): Result {
    try {
      return this.now(op);
    } catch (e) {
      if (e instanceof Interrupted) return { interrupted: true };
      if (e instanceof Gone) return syscallResult(-e.errno);
      throw e;
    }
  }

  /** Where RAM is left and nothing to hold it in, the kernel is out of memory although its counters say otherwise. */
  private checkRoom(op: Operation): void {
    const { mem } = this.w.m;
    if (mem.frames + MAX_ORDER_NR_PAGES <= mem.pfns.length || unused_pages(this.w.k) === 0) return;
    const used = (mem.frames / 2 ** 18).toFixed(1);
    throw new UsageError(`${op.place}: ${op.text}: the machine has touched ${used} GiB, and the host gives no more`);
  }

  private cpuOf(op: Operation): number {
    return op.name === 'khugepaged' ? this.w.khugepagedCpu : this.process(op).cpu;
  }

  private process(op: Operation, i = 0): Process {
    const name = String(op.args[i]);
    const p = this.w.processes.get(name);
    if (p?.alive === true) return p;
    throw this.gone.has(name) ? new Gone(ESRCH) : new UsageError(`${op.place}: ${op.text}: there is no process ${name}`);
  }

  private file(op: Operation, i: number): OpenFile {
    const name = String(op.args[i]);
    const f = this.w.files.get(name);
    if (f !== undefined) return f;
    throw this.gone.has(name) ? new Gone(EBADF) : new UsageError(`${op.place}: ${op.text}: there is no file ${name}`);
  }

  private now(op: Operation): Result {
    return this.onProcesses(op) ?? this.onMemory(op) ?? this.onFiles(op) ?? this.onKernel(op);
  }

  private onProcesses(op: Operation): Result | null {
    const { w } = this;
    const number = (i: number): number => op.args[i] as number;
    switch (op.name) {
      case 'spawn': {
        this.checkCpu(op, number(1));
        const name = this.newName(op, 0);
        return this.born(
          name,
          number(1),
          w.run(0, (c) => mm_alloc(c)),
        );
      }
      case 'fork': {
        const name = this.newName(op, 1);
        const p = this.process(op);
        return this.born(
          name,
          p.cpu,
          w.by(p, (c) => dup_mm(c, p.mm)),
        );
      }
      case 'exit':
        w.exit(this.process(op));
        return { ret: 0 };
      case 'threads': {
        const p = this.process(op);
        let n = 0;
        for (let cpu = 0; cpu < 32; cpu++) {
          if (((number(1) >>> cpu) & 1) === 0) continue;
          this.checkCpu(op, cpu);
          w.addThread(p, cpu, op.args[2] === 'spin');
          n++;
        }
        return { ret: n };
      }
      case 'wake':
        w.wake(this.process(op));
        return { ret: 0 };
      case 'join':
        w.join(this.process(op));
        return { ret: 0 };
      case 'register':
        return this.register(this.process(op));
      default:
        return null;
    }
  }

  /** @param mm of the new process; NULL or a negative errno */
  private born(name: string, cpu: number, mm: Ptr): Result {
    if (mm <= 0) return syscallResult(mm === NULL ? -ENOMEM : mm);
    this.gone.delete(name);
    this.w.addProcess(name, cpu, mm);
    return { ret: 0 };
  }

  /** It is gone until it is born. */
  private newName(op: Operation, i: number): string {
    const name = String(op.args[i]);
    if (this.w.processes.get(name)?.alive === true) throw new UsageError(`${op.place}: ${op.text}: there is a process ${name} already`);
    this.gone.add(name);
    return name;
  }

  private checkCpu(op: Operation, cpu: number): void {
    if (cpu >= this.w.m.cpus) throw new UsageError(`${op.place}: ${op.text}: there is no CPU ${cpu}`);
  }

  private register(p: Process): Result {
    const { w } = this;
    const steps = [
      () => mmap(w, p, ELSEWHERE, 512, 'rw', false, NULL, 0),
      () => madvise(w, p, ELSEWHERE, 512, 'HUGEPAGE'),
      () => write(w, p, ELSEWHERE, 1, 0, 1).signal,
      () => munmap(w, p, ELSEWHERE, 512),
    ];
    for (const step of steps) {
      const ret = step();
      if (ret !== 0) return programResult(ret);
    }
    return { ret: 0 };
  }

  private onMemory(op: Operation): Result | null {
    const { w } = this;
    const [, at, n] = op.args as [string, number, number];
    const p = (): Process => this.process(op);
    const number = (i: number, otherwise: number): number => (op.args[i] as number | undefined) ?? otherwise;
    const text = (i: number): string => op.args[i] as string;
    switch (op.name) {
      case 'mmap':
        return this.map(op);
      case 'munmap':
        return syscallResult(munmap(w, p(), at, n));
      case 'mlock':
      case 'mlockonfault':
        return syscallResult(mlock(w, p(), at, n, op.name === 'mlockonfault'));
      case 'munlock':
        return syscallResult(munlock(w, p(), at, n));
      case 'mprotect':
        return syscallResult(mprotect(w, p(), at, n, text(3)));
      case 'mremap':
        return syscallResult(mremap(w, p(), at, n, number(3, 0), number(4, 0)));
      case 'madvise':
        return syscallResult(madvise(w, p(), at, n, text(3)));
      case 'collapse':
        return syscallResult(madvise(w, p(), at, n, 'COLLAPSE'));
      case 'write':
        return pagesResult(write(w, p(), at, n, number(3, 0), number(4, 1)));
      case 'store':
        return pagesResult(store(w, p(), at, n, number(3, 0), number(4, 0), number(5, 1)));
      case 'read':
        return pagesResult(read(w, p(), at, n, number(3, 1)));
      case 'verify':
        return badResult(verify(w, p(), at, n, number(3, 0), number(4, 1), number(5, 0)));
      case 'verifyz':
        return badResult(verifyZero(w, p(), at, n));
      case 'pin':
        return syscallResult(pin(w, p(), at, n));
      case 'unpin':
        unpin(w, p());
        return { ret: 0 };
      case 'uffd':
        return syscallResult(registerUserfault(w, p(), at, n, text(3)));
      case 'extreme':
        return programResult(extreme(w, p(), at));
      default:
        return null;
    }
  }

  private map(op: Operation): Result {
    const [, at, n, prot, backing] = op.args as [string, number, number, string, string];
    const shared = backing === 'shared' || backing === 'anonshared';
    const p = this.process(op);
    if (op.args.length < 7) return syscallResult(mmap(this.w, p, at, n, prot, shared, NULL, 0));
    const pgoff = op.args[6] as number;
    const f = this.file(op, 5);
    if (op.args[7] !== 'ro') return syscallResult(mmap(this.w, p, at, n, prot, shared, f.file, pgoff));
    const file = openForReading(this.w, f);
    if (file < 0) return syscallResult(file);
    const ret = mmap(this.w, p, at, n, prot, shared, file, pgoff);
    close(this.w, file);
    return syscallResult(ret);
  }

  private onFiles(op: Operation): Result | null {
    const { w } = this;
    const [, a, b, c] = op.args as [string, number, number, number];
    switch (op.name) {
      case 'file': {
        const bytes = b * 4096 + ((op.args[3] as number | undefined) ?? 0);
        const ret = createFile(w, op.args[0] as string, op.args[1] as string, bytes);
        if (ret < 0) this.gone.add(String(op.args[0]));
        return syscallResult(ret);
      }
      case 'fwrite': {
        const { ret, pages } = writeFile(w, this.file(op, 0), a, b, c);
        return { ...syscallResult(ret), pages };
      }
      case 'fpunch':
        return syscallResult(punch(w, this.file(op, 0), a, b));
      case 'ftrunc':
        return syscallResult(truncate(w, this.file(op, 0), a));
      default:
        return null;
    }
  }

  private onKernel(op: Operation): Result {
    const { w } = this;
    switch (op.name) {
      case 'cpu':
        this.checkCpu(op, op.args[1] as number);
        w.khugepagedCpu = op.args[1] as number;
        return { ret: 0 };
      case 'set': {
        const [key, value] = op.args as [string, string];
        if (key.startsWith('/')) return { ret: 0 }; // of a tracer, which this machine does not have
        const ret = w.run(0, (c) => thp_sysfs_store(c, key, value));
        return ret < 0 ? syscallResult(ret) : { ret: 0 };
      }
      case 'khugepaged':
        if (op.args.length > 0) return { ret: 0, seconds: scanFor(w, Number.parseInt(String(op.args[1]), 10)) };
        w.byKthread(w.khugepagedCpu, (c) => khugepaged_do_scan(c, khugepaged_collapse_control));
        return { ret: 0 };
      case 'snap': {
        const procs = [...w.processes.values()].filter((p) => p.alive).map((p) => snapProcess(w, p, this.names));
        const files = [...w.files.values()].map((f) => snapFile(w, f));
        return { procs, ...(files.length > 0 && { files }) };
      }
      default: // mem, sleep, note: nothing happens meanwhile
        return { ret: 0 };
    }
  }
}

/** @param ret 0, a negative errno, or a signal */
const programResult = (ret: number): Result => (ret > 0 ? { ret: -1, err: signalName(ret) } : syscallResult(ret));

const pagesResult = ({ pages, signal }: Touched): Result =>
  signal === 0 ? { ret: 0, pages } : { ret: -1, err: signalName(signal), pages };

const badResult = ({ pages, bad, signal }: Touched): Result =>
  signal === 0 ? { ret: 0, bad } : { ret: -1, err: signalName(signal), pages, bad };
