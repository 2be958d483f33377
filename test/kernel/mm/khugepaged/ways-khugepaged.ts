// SPDX-License-Identifier: GPL-2.0-only
/** khugepaged and processes that come, go, and hold their locks while it looks at them. */

import { store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { user_store } from '../../../../src/kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { mm_struct } from '../../../../src/kernel/include/linux/mm_types.ts';
import { MADV_COLLAPSE, MADV_DONTNEED, MADV_HUGEPAGE } from '../../../../src/kernel/include/uapi/asm-generic/mman.ts';
import { dup_mm } from '../../../../src/kernel/kernel/fork/dup_mm.ts';
import { mmput } from '../../../../src/kernel/kernel/fork/mmput.ts';
import type { KernelConfig } from '../../../../src/kernel/kernel.ts';
import { FAILSLAB } from '../../../../src/kernel/lib/fault-inject/should_fail.ts';
import { khugepaged } from '../../../../src/kernel/mm/khugepaged/khugepaged.ts';
import { khugepaged_state, khugepaged_var, mm_slot_lookup } from '../../../../src/kernel/mm/khugepaged/khugepaged_scan.ts';
import { khugepaged_wait_work } from '../../../../src/kernel/mm/khugepaged/khugepaged_wait.ts';
import { at } from '../../../../src/kernel/struct.ts';
import { interleave, looked, released, taken } from './interleave.ts';
import { type Process, startProcess } from './process.ts';
import {
  advise,
  anonymous,
  cpu0,
  failing,
  H0,
  HUGE,
  madvise,
  meanwhile,
  mmapFreed,
  type Outcome,
  onBoth,
  type Program,
  scanSlot,
  shared,
  type Way,
} from './way.ts';
import { only, withTable } from './ways-file.ts';

const users = (p: Process): Ptr => at(p.mm, mm_struct.mm_users);
const lockOf = (p: Process): Ptr => at(p.mm, mm_struct.mmap_lock);
const listLock = (p: Process): Ptr => khugepaged_var(cpu0(p), khugepaged_state.mm_lock);

const exit = (p: Process, mm = p.mm): Program =>
  function* (c) {
    yield* mmput(c, mm);
    return 0;
  };

/** The process exits after khugepaged has asked for the n-th time whether it does. */
const exits = (p: Process, n: number): Outcome => {
  const results = interleave(p, [scanSlot, exit(p)], [[0, looked(users(p), n)], [1], [0], [1], [0]]);
  return { p, result: results[0]! };
};

const registered = (p: Process, mm = p.mm): boolean => mm_slot_lookup(cpu0(p), mm) !== 0;
const must = (ok: boolean, what: string): void => {
  if (!ok) throw new Error(what);
};

function* stop(c: Vcpu): Code<number> {
  yield* store(c, khugepaged_var(c, khugepaged_state.should_stop), 1);
  return 0;
}

function* thread(c: Vcpu): Code<number> {
  yield* khugepaged(c);
  return 0;
}

/** Another CPU has mmap_lock for writing all the while. */
const whileLocked = (p: Process): Outcome => {
  const other: Program = (c) => madvise(c, p, MADV_HUGEPAGE, H0, HUGE);
  const results = interleave(p, [scanSlot, other], [[1, taken(p, lockOf(p))], [0], [1]]);
  return { p, result: results[0]! };
};

/** A table of a file that khugepaged could not take, in v6.5. */
const remembered = () => {
  const p = shared(undefined, { release: '6.5' } as Partial<KernelConfig>);
  withTable(p);
  only(p, H0);
  p.run(scanSlot);
  return p;
};

export const waysKhugepaged: readonly Way[] = [
  { code: 'FAIL', how: 'mmap_lock is held', go: () => whileLocked(anonymous()) },
  { code: 'FAIL', how: 'mmap_lock is held, and a table is to be taken, in 6.5', go: () => whileLocked(remembered()) },
  {
    code: 'FAIL',
    how: 'the process exits before its lock is taken',
    go: () => {
      const p = anonymous();
      return { p, result: meanwhile(p, scanSlot, released(p, listLock(p)), exit(p)) };
    },
  },
  {
    code: 'FAIL',
    how: 'the process exits, and a table was to be taken, in 6.5',
    go: () => {
      const p = remembered();
      return { p, result: meanwhile(p, scanSlot, released(p, listLock(p)), exit(p)), files: [p.file] };
    },
  },
  { code: 'FAIL', how: 'the process exits before its first VMA', go: () => exits(anonymous(), 1) },
  { code: 'FAIL', how: 'the process exits before its first extent', go: () => exits(anonymous(), 2) },
  {
    code: 'PTE_MAPPED_HUGEPAGE',
    how: 'the process exits before its table is looked at',
    go: () => {
      const p = shared();
      withTable(p);
      only(p, H0);
      const when = mmapFreed(p);
      return { p, result: interleave(p, [scanSlot, exit(p)], [[0, when], [1], [0]])[0]!, files: [p.file] };
    },
  },
  {
    code: 'SUCCEED',
    how: 'two CPUs register a process at once',
    go: () => {
      const p = onBoth(startProcess());
      p.mmap(H0, 2 * HUGE);
      p.set('enabled', 'never');
      advise(p, MADV_HUGEPAGE, H0, 2 * HUGE);
      p.set('enabled', 'madvise');
      const touch =
        (address: number): Program =>
        (c) =>
          user_store(c, p.mm, address, 1);
      interleave(p, [touch(H0), touch(H0 + HUGE)], [[0, looked(at(p.mm, mm_struct.flags), 2)], [1], [0]]);
      must(registered(p), 'not registered');
      advise(p, MADV_DONTNEED, H0, 4096);
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'SUCCEED',
    how: 'no memory to register a process',
    errno: '0',
    go: () => {
      const p = startProcess();
      p.mmap(H0, HUGE);
      p.fill(H0, 4);
      failing(p, FAILSLAB, 1);
      advise(p, MADV_HUGEPAGE);
      must(!registered(p), 'registered');
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'SUCCEED',
    how: 'a child of a process that is not registered',
    errno: '0',
    go: () => {
      const p = startProcess();
      p.mmap(H0, HUGE);
      p.fill(H0, 4);
      const child = p.run((c) => dup_mm(c, p.mm));
      must(!registered(p, child), 'registered');
      p.run(exit(p, child));
      p.store(H0, 1);
      return { p, errno: advise(p, MADV_COLLAPSE) };
    },
  },
  {
    code: 'SUCCEED',
    how: 'the thread is told to stop in the middle of a round',
    go: () => {
      const p = anonymous();
      interleave(p, [thread, stop], [[0, mmapFreed(p)], [1], [0]]);
      return { p };
    },
  },
  {
    code: 'SUCCEED',
    how: 'the thread is told to stop while it sleeps',
    go: () => {
      const p = anonymous();
      p.khugepaged();
      p.run(stop);
      p.run(thread);
      p.run((c) => khugepaged_wait_work(c));
      return { p };
    },
  },
];
