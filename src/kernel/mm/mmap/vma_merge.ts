// SPDX-License-Identifier: GPL-2.0-only
/**
 * VMAs that become one. Linux v6.6: mm/mmap.c, vma_merge(), can_vma_merge_before(), can_vma_merge_after(), dup_anon_vma().
 * left out: memory policies, names of anonymous VMAs, hooks of uprobes.
 */
import { peek, poke, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { VM_SPECIAL } from '../../include/linux/mm/vm_flags.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { anon_vma_chain, vm_area_struct } from '../../include/linux/mm_types.ts';
import { at } from '../../struct.ts';
import { vma_adjust_trans_huge } from '../huge_memory/__split_huge_pmd.ts';
import { khugepaged_enter_vma } from '../khugepaged/khugepaged_enter.ts';
import { anon_vma_clone } from '../rmap/anon_vma_clone.ts';
import { find_vma_intersection, vma_lookup, vma_pages } from './find_vma.ts';
import { init_multi_vma_prep, vma_complete, vma_prepare } from './vma_prepare.ts';

/** Does a VMA hang off exactly one anon_vma? Linux v6.6: list_is_singular(&vma->anon_vma_chain). */
export function has_one_anon_vma(c: Vcpu, vma: Ptr): boolean {
  const first = peek(c, at(vma, vm_area_struct.anon_vma_chain)) as Ptr;
  return first !== NULL && peek(c, at(first, anon_vma_chain.same_vma_next)) === NULL;
}

/** One that a child has copied is not merged with another: the anon_vmas would collect. */
function is_mergeable_anon_vma(c: Vcpu, anon_vma1: Ptr, anon_vma2: Ptr, vma: Ptr): boolean {
  if ((anon_vma1 === NULL || anon_vma2 === NULL) && (vma === NULL || has_one_anon_vma(c, vma))) return true;
  return anon_vma1 === anon_vma2;
}

function can_vma_merge(c: Vcpu, vma: Ptr, vm_flags: number, anon_vma: Ptr, file: Ptr, uffd_ctx: Ptr): boolean {
  return (
    peek(c, at(vma, vm_area_struct.vm_flags)) === vm_flags >>> 0 &&
    peek(c, at(vma, vm_area_struct.vm_file)) === file &&
    peek(c, at(vma, vm_area_struct.userfaultfd_ctx)) === uffd_ctx &&
    is_mergeable_anon_vma(c, anon_vma, peek(c, at(vma, vm_area_struct.anon_vma)) as Ptr, vma)
  );
}

/** Can the VMA be made to start at a range that ends where it starts? `pgoff`: where the range ends. */
export const can_vma_merge_before = (
  c: Vcpu,
  vma: Ptr,
  vm_flags: number,
  anon_vma: Ptr,
  file: Ptr,
  pgoff: number,
  uffd_ctx: Ptr,
): boolean => can_vma_merge(c, vma, vm_flags, anon_vma, file, uffd_ctx) && peek(c, at(vma, vm_area_struct.vm_pgoff)) === pgoff;

/** Can it be made to end with a range that starts where it ends? `pgoff`: where the range starts. */
export const can_vma_merge_after = (c: Vcpu, vma: Ptr, vm_flags: number, anon_vma: Ptr, file: Ptr, pgoff: number, uffd_ctx: Ptr): boolean =>
  can_vma_merge(c, vma, vm_flags, anon_vma, file, uffd_ctx) && peek(c, at(vma, vm_area_struct.vm_pgoff)) + vma_pages(c, vma) === pgoff;

/** A VMA that takes over pages of another needs the anon_vma that they are known under. @returns 0 or -ENOMEM */
export function* dup_anon_vma(c: Vcpu, dst: Ptr, src: Ptr): Code<number> {
  const anon_vma = peek(c, at(src, vm_area_struct.anon_vma)) as Ptr;
  if (anon_vma === NULL || peek(c, at(dst, vm_area_struct.anon_vma)) !== NULL) return 0;
  yield* store(c, at(dst, vm_area_struct.anon_vma), anon_vma);
  return yield* anon_vma_clone(c, dst, src);
}

/**
 * The range [addr, end) is to have these attributes; `prev` is the VMA before it, or one that it lies in the end of. Where neighbours have
 * them already, they take it over. The range may be empty, a whole VMA, or a part at the border of one: cases 1 to 8 of Linux's picture.
 * @returns the VMA that the range belongs to now, or NULL: nothing was done
 */
export function* vma_merge(
  c: Vcpu,
  mm: Ptr,
  prev: Ptr,
  addr: number,
  end: number,
  vm_flags: number,
  anon_vma: Ptr,
  file: Ptr,
  pgoff: number,
  uffd_ctx: Ptr,
): Code<Ptr> {
  if ((vm_flags & VM_SPECIAL) !== 0) return NULL;
  const pglen = (end - addr) >>> 12;
  const prevEnd = prev === NULL ? 0 : peek(c, at(prev, vm_area_struct.vm_end));
  const curr = find_vma_intersection(c, mm, prevEnd, end);
  const wholeCurr = curr === NULL || end === peek(c, at(curr, vm_area_struct.vm_end));
  const next = wholeCurr ? vma_lookup(c, mm, end) : NULL;
  const merge_prev = prev !== NULL && prevEnd === addr && can_vma_merge_after(c, prev, vm_flags, anon_vma, file, pgoff, uffd_ctx);
  const merge_next = next !== NULL && can_vma_merge_before(c, next, vm_flags, anon_vma, file, pgoff + pglen, uffd_ctx);
  if (!merge_prev && !merge_next) return NULL;

  let vma = prev;
  let res = prev;
  let start = prev === NULL ? addr : peek(c, at(prev, vm_area_struct.vm_start));
  let stop = end;
  let vma_pgoff = prev === NULL ? 0 : peek(c, at(prev, vm_area_struct.vm_pgoff));
  let adjust: Ptr = NULL;
  let remove: Ptr = NULL;
  let remove2: Ptr = NULL;
  let adj_start = 0;
  let err = 0;
  if (merge_prev) yield* vma_start_write(c, prev);
  if (
    merge_prev &&
    merge_next &&
    is_mergeable_anon_vma(c, peek(c, at(prev, vm_area_struct.anon_vma)) as Ptr, peek(c, at(next, vm_area_struct.anon_vma)) as Ptr, NULL)
  ) {
    yield* vma_start_write(c, next);
    stop = peek(c, at(next, vm_area_struct.vm_end));
    remove = next; // case 1
    err = yield* dup_anon_vma(c, prev, next);
    if (err === 0 && curr !== NULL) {
      yield* vma_start_write(c, curr);
      remove = curr; // case 6
      remove2 = next;
      err = yield* dup_anon_vma(c, prev, curr);
    }
  } else if (merge_prev) {
    if (curr !== NULL) {
      yield* vma_start_write(c, curr);
      err = yield* dup_anon_vma(c, prev, curr);
      if (wholeCurr) {
        remove = curr; // case 7
      } else {
        adjust = curr; // case 5
        adj_start = end - peek(c, at(curr, vm_area_struct.vm_start));
      }
    }
  } else {
    yield* vma_start_write(c, next);
    res = next;
    if (prev !== NULL && addr < prevEnd) {
      yield* vma_start_write(c, prev);
      stop = addr; // case 4
      adjust = next;
      adj_start = addr - prevEnd;
      err = yield* dup_anon_vma(c, next, prev);
    } else {
      vma = next; // case 3
      start = addr;
      stop = peek(c, at(next, vm_area_struct.vm_end));
      vma_pgoff = peek(c, at(next, vm_area_struct.vm_pgoff)) - pglen;
      if (curr !== NULL) {
        yield* vma_start_write(c, curr);
        vma_pgoff = peek(c, at(curr, vm_area_struct.vm_pgoff));
        remove = curr; // case 8
        err = yield* dup_anon_vma(c, next, curr);
      }
    }
  }
  if (err !== 0) return NULL;

  const vp = init_multi_vma_prep(c, vma, adjust, remove, remove2);
  yield* vma_prepare(c, vp);
  yield* vma_adjust_trans_huge(c, vma, start, stop, adj_start);
  poke(c, at(vma, vm_area_struct.vm_start), start);
  poke(c, at(vma, vm_area_struct.vm_end), stop);
  poke(c, at(vma, vm_area_struct.vm_pgoff), vma_pgoff);
  if (adj_start !== 0) {
    poke(c, at(adjust, vm_area_struct.vm_start), peek(c, at(adjust, vm_area_struct.vm_start)) + adj_start);
    poke(c, at(adjust, vm_area_struct.vm_pgoff), peek(c, at(adjust, vm_area_struct.vm_pgoff)) + adj_start / 4096);
  }
  yield* vma_complete(c, vp, mm);
  yield* khugepaged_enter_vma(c, res, vm_flags);
  return res;
}
