// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the initiator does, round by round; what of it is measured lies between `begin` and `end`.
 */
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../mmu/types.ts';
import { user_store } from '../kernel/arch/x86/mm/fault/exc_page_fault.ts';
import * as uapi from '../kernel/include/uapi/asm-generic/mman.ts';
import { do_madvise } from '../kernel/mm/madvise/do_madvise.ts';
import { vm_mmap_pgoff } from '../kernel/mm/mmap/do_mmap.ts';
import { vm_munmap } from '../kernel/mm/mmap/do_munmap.ts';
import { do_mprotect } from '../kernel/mm/mprotect/do_mprotect.ts';
import { UsageError } from '../usage-error.ts';
import { PAGE_SIZE } from '../workload/address.ts';
import type { BenchMachine } from './bench-machine.ts';
import type { WorkloadName } from './setting.ts';

const AT = 0x40000000;
const HUGE = 2 ** 21;
const READ_WRITE = uapi.PROT_READ | uapi.PROT_WRITE;
const PRIVATE = uapi.MAP_FIXED | uapi.MAP_PRIVATE | uapi.MAP_ANONYMOUS;

export interface Stopwatch {
  begin(): void;
  end(): void;
}

/** One round. */
export type Round = (c: Vcpu, watch: Stopwatch) => Code;

export function roundOf(b: BenchMachine, workload: WorkloadName, pages: number): Round {
  const { engine } = b;
  const { mm } = b.process;
  const { costs } = engine.tariff.terms;
  const bytes = pages * PAGE_SIZE;
  let mapped = false;

  function* touch(c: Vcpu): Code {
    for (let i = 0; i < pages; i++) {
      const signal = yield* user_store(c, mm, AT + i * PAGE_SIZE, i);
      if (signal !== 0) throw new UsageError(`--pages ${pages}: the machine has no memory for page ${i}`);
      engine.spend(c, costs.fault);
    }
  }

  function* map(c: Vcpu, length: number): Code {
    yield* vm_mmap_pgoff(c, mm, NULL as Ptr, AT, length, READ_WRITE, PRIVATE, 0);
  }

  switch (workload) {
    case 'dontneed': // as a memory allocator that returns pages: the page is touched again, and the fault counts
      return function* (c, watch) {
        if (!mapped) yield* map(c, bytes);
        mapped = true;
        watch.begin();
        engine.spend(c, costs.syscall);
        yield* do_madvise(c, mm, AT, bytes, uapi.MADV_DONTNEED);
        yield* touch(c);
        watch.end();
      };
    case 'mprotect':
      return function* (c, watch) {
        if (!mapped) yield* map(c, bytes);
        mapped = true;
        yield* touch(c);
        watch.begin();
        engine.spend(c, costs.syscall);
        yield* do_mprotect(c, mm, AT, bytes, uapi.PROT_READ);
        watch.end();
        yield* do_mprotect(c, mm, AT, bytes, READ_WRITE);
      };
    case 'munmap':
      return function* (c, watch) {
        yield* map(c, bytes);
        yield* touch(c);
        watch.begin();
        engine.spend(c, costs.syscall);
        yield* vm_munmap(c, mm, AT, bytes);
        watch.end();
      };
    default: // a collapse
      return function* (c, watch) {
        yield* map(c, HUGE);
        yield* touch(c);
        watch.begin();
        engine.spend(c, costs.syscall + costs.collapse);
        yield* do_madvise(c, mm, AT, HUGE, uapi.MADV_COLLAPSE);
        watch.end();
        yield* vm_munmap(c, mm, AT, HUGE);
      };
  }
}
