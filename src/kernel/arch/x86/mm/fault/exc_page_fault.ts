// SPDX-License-Identifier: GPL-2.0-only
/**
 * User code's accesses to its memory: through the MMU at CPL 3, with the faults that they raise handled, and made again.
 * Linux v6.6: arch/x86/mm/fault.c, exc_page_fault(), handle_page_fault(); arch/x86/entry for the way in and out.
 *
 * A fault is taken with interrupts on, as in user mode.
 * left out: faults of the kernel's own accesses, which do not translate here; signal delivery: the number is handed to whoever runs the program.
 */
import { loadLinear, pageLinear, storeLinear } from '../../../../../../cpu/translate.ts';
import type { Code, Vcpu } from '../../../../../../cpu/vcpu.ts';
import { READ, USER, WRITE } from '../../../../../../mmu/access.ts';
import { NO_FAULT } from '../../../../../../mmu/fault.ts';
import type { Ptr } from '../../../../../../mmu/types.ts';
import { do_user_addr_fault } from './do_user_addr_fault.ts';

/** Loads the aligned word at an address of `mm`, which is loaded. @returns the word; c.out is the signal that the access ends in, or 0 */
export function* user_load(c: Vcpu, mm: Ptr, va: number): Code<number> {
  for (;;) {
    const value = yield* loadLinear(c, va, USER);
    if (c.fault === NO_FAULT) {
      c.out = 0;
      return value;
    }
    const signal = yield* exc_page_fault(c, mm, va);
    if (signal !== 0) {
      c.out = signal;
      return 0;
    }
  }
}

/** Stores the aligned word at an address of `mm`, which is loaded. @returns the signal that the access ends in, or 0 */
export function* user_store(c: Vcpu, mm: Ptr, va: number, value: number): Code<number> {
  while (!(yield* storeLinear(c, va, USER, value))) {
    const signal = yield* exc_page_fault(c, mm, va);
    if (signal !== 0) return signal;
  }
  return 0;
}

/** For accesses to a whole page: translates once. @returns the first word of its frame, or 0 with the signal in c.out */
export function* user_page(c: Vcpu, mm: Ptr, va: number, write: boolean): Code<Ptr> {
  for (;;) {
    const page = yield* pageLinear(c, va, USER | (write ? WRITE : READ));
    if (page !== 0) return page;
    const signal = yield* exc_page_fault(c, mm, va);
    if (signal !== 0) {
      c.out = signal;
      return 0 as Ptr;
    }
  }
}

/** The instruction has ended in the fault that c.fault tells. */
function* exc_page_fault(c: Vcpu, mm: Ptr, address: number): Code<number> {
  const error_code = c.fault;
  c.midway = false;
  return yield* do_user_addr_fault(c, mm, error_code, address);
}
