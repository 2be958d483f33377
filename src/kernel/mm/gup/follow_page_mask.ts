// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page that an address maps, if it is there and may be used as asked. Linux v6.6: mm/gup.c, follow_page_mask(), follow_pmd_mask(),
 * follow_page_pte(), no_page_table(); mm/huge_memory.c, follow_trans_huge_pmd(). mmap_lock is held.
 * left out: FOLL_FORCE writes to what may only be read.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import {
  pmd_none,
  pmd_pfn,
  pmd_present,
  pmd_trans_huge,
  pmd_write,
  pte_dirty,
  pte_pfn,
  pte_present,
  pte_write,
} from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_NR, PAGE_SHIFT } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { FOLL_DUMP, FOLL_SPLIT_PMD, FOLL_TOUCH, FOLL_WRITE } from '../../include/linux/mm/foll.ts';
import { nth_page, page_folio, pfn_to_page } from '../../include/linux/mm/page.ts';
import { mm_find_pmd, pmd_lock } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { PageDirty } from '../../include/linux/page-flags.ts';
import { pmdp_get_lockless } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { EFAULT, EMLINK, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { split_huge_pmd } from '../huge_memory/__split_huge_pmd.ts';
import { touch_pmd } from '../huge_memory/do_huge_pmd_wp_page.ts';
import { is_huge_zero_page } from '../huge_memory/huge_zero_page.ts';
import { pte_alloc } from '../memory/pte_alloc.ts';
import { vm_normal_page } from '../memory/vm_normal_page.ts';
import { folio_mark_dirty } from '../page-writeback/folio_mark_dirty.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { mark_page_accessed } from '../swap/mark_page_accessed.ts';
import { gup_must_unshare, try_grab_page } from './try_grab_page.ts';

/** @returns the page; NULL: a fault is needed; or a negative errno, -EMLINK of which asks for a fault that unshares */
export function* follow_page_mask(c: Vcpu, vma: Ptr, address: number, flags: number): Code<number> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const pmd = mm_find_pmd(c, mm, address);
  if (pmd === NULL) return NULL;
  const lo = yield* pmdp_get_lockless(c, pmd);
  if (pmd_none(lo) || !pmd_present(lo)) return NULL;
  if (!pmd_trans_huge(lo)) return yield* follow_page_pte(c, vma, mm, address, pmd, flags);
  if ((flags & FOLL_SPLIT_PMD) !== 0) {
    yield* split_huge_pmd(c, vma, pmd, address);
    // A split mapping of a file is gone: without a table there is nothing to follow.
    return (yield* pte_alloc(c, mm, pmd)) ? -ENOMEM : yield* follow_page_pte(c, vma, mm, address, pmd, flags);
  }
  const ptl = yield* pmd_lock(c, mm, pmd);
  if (!pmd_trans_huge(peek(c, pmd))) {
    yield* spin_unlock(c, ptl);
    return pmd_none(peek(c, pmd)) ? NULL : yield* follow_page_pte(c, vma, mm, address, pmd, flags);
  }
  const page = yield* follow_trans_huge_pmd(c, vma, address, pmd, flags);
  yield* spin_unlock(c, ptl);
  return page;
}

function* follow_trans_huge_pmd(c: Vcpu, vma: Ptr, addr: number, pmd: Ptr, flags: number): Code<number> {
  const lo = peek(c, pmd);
  const head = pfn_to_page(c, pmd_pfn(lo, peek(c, at(pmd, 1))));
  if ((flags & FOLL_WRITE) !== 0 && !pmd_write(lo)) return NULL;
  if ((flags & FOLL_DUMP) !== 0 && is_huge_zero_page(c, head)) return -EFAULT;
  if (!pmd_write(lo) && (yield* gup_must_unshare(c, flags, head))) return -EMLINK;
  if (!(yield* try_grab_page(c, head, flags))) return -ENOMEM;
  if ((flags & FOLL_TOUCH) !== 0) yield* touch_pmd(c, vma, addr, pmd, (flags & FOLL_WRITE) !== 0);
  return nth_page(c, head, (addr >>> PAGE_SHIFT) & (HPAGE_PMD_NR - 1));
}

function* follow_page_pte(c: Vcpu, vma: Ptr, mm: Ptr, address: number, pmd: Ptr, flags: number): Code<number> {
  const pte = yield* pte_offset_map_lock(c, mm, pmd, address);
  if (pte === NULL) return NULL;
  const ptl = c.out as Ptr;
  const lo = yield* ptep_get(c, pte);
  const page = yield* page_of_pte(c, vma, address, lo, c.hi, flags);
  yield* pte_unmap_unlock(c, ptl);
  return page;
}

/** Under the lock of the page table. */
function* page_of_pte(c: Vcpu, vma: Ptr, address: number, lo: number, hi: number, flags: number): Code<number> {
  if (!pte_present(lo)) return NULL;
  if ((flags & FOLL_WRITE) !== 0 && !pte_write(lo)) return NULL;
  const normal = vm_normal_page(c, vma, address, lo, hi);
  if (normal === NULL && (flags & FOLL_DUMP) !== 0) return -EFAULT;
  const page = normal === NULL ? pfn_to_page(c, pte_pfn(lo, hi)) : normal;
  if (!pte_write(lo) && (yield* gup_must_unshare(c, flags, page))) return -EMLINK;
  if (!(yield* try_grab_page(c, page, flags))) return -ENOMEM;
  if ((flags & FOLL_TOUCH) !== 0) {
    const folio = yield* page_folio(c, page);
    if ((flags & FOLL_WRITE) !== 0 && !pte_dirty(lo) && !(yield* PageDirty(c, folio))) yield* folio_mark_dirty(c, folio);
    yield* mark_page_accessed(c, page);
  }
  return page;
}
