// SPDX-License-Identifier: GPL-2.0-only
/**
 * The huge page of zeros that all processes share. Linux v6.6: mm/huge_memory.c, get_huge_zero_page(), put_huge_zero_page(),
 * mm_get_huge_zero_page(), mm_put_huge_zero_page(); include/linux/huge_mm.h, is_huge_zero_page(), is_huge_zero_pmd().
 * left out: the shrinker that gives it back.
 */
import { cmpxchg, load, rmw, store, update } from '../../../../cpu/ops.ts';
import { ADD, OR } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_pfn, pmd_present } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_ORDER } from '../../arch/x86/include/asm/pgtable_types.ts';
import { __GFP_MOVABLE, __GFP_ZERO, GFP_TRANSHUGE } from '../../include/linux/gfp.ts';
import { pfn_to_page } from '../../include/linux/mm/page.ts';
import { mm_struct } from '../../include/linux/mm_types.ts';
import { MMF_HUGE_ZERO_PAGE } from '../../include/linux/sched/coredump.ts';
import { count_vm_event } from '../../include/linux/vmstat.ts';
import { THP_ZERO_PAGE_ALLOC, THP_ZERO_PAGE_ALLOC_FAILED } from '../../include/linux/vmstat-items.ts';
import { type Kernel, kernelOf, newObject } from '../../kernel.ts';
import { at, atomic, struct } from '../../struct.ts';
import { alloc_pages } from '../page_alloc/__alloc_pages.ts';
import { __free_pages } from '../page_alloc/__free_pages.ts';

export const huge_zero = struct('huge_zero', {
  /** 0 while there is no page. */
  refcount: atomic,
  page: atomic,
});

export function huge_zero_init(k: Kernel): void {
  k.globals.huge_zero = newObject(k, huge_zero, 'huge_zero');
}

const field = (c: Vcpu, offset: number): Ptr => at(kernelOf(c).globals.huge_zero, offset);

/** @returns whether there is one, and it stays */
function* get_huge_zero_page(c: Vcpu): Code<boolean> {
  const refcount = field(c, huge_zero.refcount);
  for (;;) {
    for (let seen = yield* load(c, refcount); seen !== 0; ) {
      const old = yield* cmpxchg(c, refcount, seen, seen + 1);
      if (old === seen) return true;
      seen = old;
    }
    const zero_page = yield* alloc_pages(c, (GFP_TRANSHUGE | __GFP_ZERO) & ~__GFP_MOVABLE, HPAGE_PMD_ORDER);
    if (zero_page === NULL) {
      count_vm_event(c, THP_ZERO_PAGE_ALLOC_FAILED);
      return false;
    }
    if ((yield* cmpxchg(c, field(c, huge_zero.page), NULL, zero_page)) === NULL) {
      yield* store(c, refcount, 2); // one is the shrinker's
      count_vm_event(c, THP_ZERO_PAGE_ALLOC);
      return true;
    }
    yield* __free_pages(c, zero_page, HPAGE_PMD_ORDER);
  }
}

function* put_huge_zero_page(c: Vcpu): Code {
  yield* update(c, field(c, huge_zero.refcount), ADD, -1);
}

/** A process holds one reference, from its first mapping to its end. @returns the huge zero page, or NULL without memory */
export function* mm_get_huge_zero_page(c: Vcpu, mm: Ptr): Code<Ptr> {
  const flags = at(mm, mm_struct.flags);
  const bit = 1 << MMF_HUGE_ZERO_PAGE;
  if (((yield* load(c, flags)) & bit) === 0) {
    if (!(yield* get_huge_zero_page(c))) return NULL;
    if (((yield* rmw(c, flags, OR, bit)) & bit) !== 0) yield* put_huge_zero_page(c);
  }
  return (yield* load(c, field(c, huge_zero.page))) as Ptr;
}

export function* mm_put_huge_zero_page(c: Vcpu, mm: Ptr): Code {
  if (((yield* load(c, at(mm, mm_struct.flags))) & (1 << MMF_HUGE_ZERO_PAGE)) !== 0) yield* put_huge_zero_page(c);
}

/** It stays what it is while anybody can have a pointer to it, so the look orders nothing. */
export const is_huge_zero_page = (c: Vcpu, page: Ptr): boolean => {
  const { huge_zero: singleton } = kernelOf(c).globals;
  return singleton !== NULL && c.m.mem.words[at(singleton, huge_zero.page)] === page;
};

export const is_huge_zero_pmd = (c: Vcpu, lo: number, hi: number): boolean =>
  pmd_present(lo) && is_huge_zero_page(c, pfn_to_page(c, pmd_pfn(lo, hi)));
