// SPDX-License-Identifier: GPL-2.0-only
/**
 * Clearing and copying pages. Linux v6.6: include/linux/highmem.h, clear_highpage(), clear_user_highpage(), copy_highpage(), copy_user_highpage(),
 * copy_mc_highpage(), copy_mc_user_highpage(); mm/memory.c, clear_huge_page(); arch/x86/lib/copy_mc.c.
 *
 * The page that is written belongs to the caller alone; the one that is read is looked at in one step, which is ordered with every store to it.
 * left out: the INVLPG at the end of each mapping of a highmem page (kunmap_local()): kernel accesses do not translate.
 */
import { copyPrivateFrame, fillPrivateFrame } from '../../../../cpu/memory.ts';
import { elapse, loadRange } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { slotOfPageWord } from '../../../../mmu/phys-mem.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { cond_resched } from '../../kernel/sched/might_sleep.ts';
import { nth_page, page_address } from './mm/page.ts';
import { PageHWPoison } from './page-flags.ts';

export function* clear_highpage(c: Vcpu, page: Ptr): Code {
  fillPrivateFrame(c, slotOfPageWord(c.m.mem, page), 0);
  yield* elapse(c);
}

export function* clear_user_highpage(c: Vcpu, page: Ptr, _vaddr: number): Code {
  yield* clear_highpage(c, page);
}

export function* copy_highpage(c: Vcpu, to: Ptr, from: Ptr): Code {
  yield* loadRange(c, page_address(c, from));
  copyPrivateFrame(c, slotOfPageWord(c.m.mem, to), slotOfPageWord(c.m.mem, from));
  yield* elapse(c);
}

export function* copy_user_highpage(c: Vcpu, to: Ptr, from: Ptr, _vaddr: number, _vma: Ptr): Code {
  yield* copy_highpage(c, to, from);
}

/** @returns 0, or how many bytes could not be copied because the memory of `from` has failed */
export function* copy_mc_highpage(c: Vcpu, to: Ptr, from: Ptr): Code<number> {
  if (yield* PageHWPoison(c, from)) return 4096;
  yield* copy_highpage(c, to, from);
  return 0;
}

export function* copy_mc_user_highpage(c: Vcpu, to: Ptr, from: Ptr, _vaddr: number, _vma: Ptr): Code<number> {
  return yield* copy_mc_highpage(c, to, from);
}

export function* clear_huge_page(c: Vcpu, page: Ptr, addr_hint: number, pages_per_huge_page: number): Code {
  for (let i = 0; i < pages_per_huge_page; i++) {
    yield* cond_resched(c);
    yield* clear_user_highpage(c, nth_page(c, page, i), addr_hint + i * 4096);
  }
}
