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
/** From AT to the end of user space. */
export const USER_BYTES = 2 ** 31;
const READ_WRITE = uapi.PROT_READ | uapi.PROT_WRITE;
const PRIVATE = uapi.MAP_FIXED | uapi.MAP_PRIVATE | uapi.MAP_ANONYMOUS;

export interface Stopwatch {
  begin(): void;
  end(): void;
}

/** Each initiator's pages begin so many bytes behind those of the one before: no two share a page table. */
export const strideOf = (pages: number): number => Math.ceil((pages * PAGE_SIZE) / HUGE) * HUGE;

/** One round. */
export type Round = (c: Vcpu, watch: Stopwatch) => Code;

export function roundOf(b: BenchMachine, workload: WorkloadName, pages: number, initiator = 0): Round {
  const { engine } = b;
  const { mm } = b.process;
  const { costs } = engine.tariff.terms;
  const bytes = pages * PAGE_SIZE;
  const from = AT + initiator * strideOf(pages);
  let mapped = false;

  function* touch(c: Vcpu): Code {
    for (let i = 0; i < pages; i++) {
      const signal = yield* user_store(c, mm, from + i * PAGE_SIZE, i);
      if (signal !== 0) throw new UsageError(`--pages ${pages}: the machine has no memory for page ${i}`);
      engine.spend(c, costs.fault);
    }
  }

  function* map(c: Vcpu, length: number): Code {
    yield* vm_mmap_pgoff(c, mm, NULL as Ptr, from, length, READ_WRITE, PRIVATE, 0);
  }

  switch (workload) {
    case 'dontneed': // as a memory allocator that returns pages: the page is touched again, and the fault counts
      return function* (c, watch) {
        if (!mapped) yield* map(c, bytes);
        mapped = true;
        watch.begin();
        engine.spend(c, costs.syscall);
        yield* do_madvise(c, mm, from, bytes, uapi.MADV_DONTNEED);
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
        yield* do_mprotect(c, mm, from, bytes, uapi.PROT_READ);
        watch.end();
        yield* do_mprotect(c, mm, from, bytes, READ_WRITE);
      };
    case 'munmap': // of one mapping of several: page tables stay unless all of their addresses go
      return function* (c, watch) {
        if (!mapped && bytes % HUGE !== 0) yield* vm_mmap_pgoff(c, mm, NULL as Ptr, from + bytes, PAGE_SIZE, uapi.PROT_READ, PRIVATE, 0);
        mapped = true;
        yield* map(c, bytes);
        yield* touch(c);
        watch.begin();
        engine.spend(c, costs.syscall);
        yield* vm_munmap(c, mm, from, bytes);
        watch.end();
      };
    default: // a collapse
      return function* (c, watch) {
        yield* map(c, HUGE);
        yield* touch(c);
        watch.begin();
        engine.spend(c, costs.syscall + costs.collapse);
        yield* do_madvise(c, mm, from, HUGE, uapi.MADV_COLLAPSE);
        watch.end();
        yield* vm_munmap(c, mm, from, HUGE);
      };
  }
}
