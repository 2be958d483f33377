// SPDX-License-Identifier: GPL-2.0-only
/**
 * The pages, page tables and objects of VMAs that have left their address space. Linux v6.6: mm/mmap.c, unmap_region(), remove_mt(),
 * remove_vma(), vm_stat_account().
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { fput } from '../../fs/file_table/fput.ts';
import { VM_ACCOUNT } from '../../include/linux/mm/vm_flags.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { vm_area_free } from '../../kernel/fork/vm_area_alloc.ts';
import { at } from '../../struct.ts';
import { free_pgtables } from '../memory/free_pgtables.ts';
import { unmap_vmas } from '../memory/unmap_vmas.ts';
import { tlb_finish_mmu, tlb_gather_mmu } from '../mmu_gather/tlb_gather_mmu.ts';
import { lru_add_drain } from '../swap/lru_add_drain.ts';
import { vm_unacct_memory } from '../util/__vm_enough_memory.ts';
import { vma_pages } from './find_vma.ts';

export const FIRST_USER_ADDRESS = 0;
/** 0: up to the end of the address space. */
export const USER_PGTABLES_CEILING = 0;

/** `vma`: the first of a list; `prev` and `next` are the neighbours that stay, up to which page tables may go. */
export function* unmap_region(c: Vcpu, mm: Ptr, vma: Ptr, prev: Ptr, next: Ptr, start: number, end: number): Code {
  yield* lru_add_drain(c);
  const tlb = yield* tlb_gather_mmu(c, mm);
  tlb.unmapped_vmas = true;
  yield* unmap_vmas(c, tlb, vma, start, end);
  const floor = prev === NULL ? FIRST_USER_ADDRESS : peek(c, at(prev, vm_area_struct.vm_end));
  const ceiling = next === NULL ? USER_PGTABLES_CEILING : peek(c, at(next, vm_area_struct.vm_start));
  yield* free_pgtables(c, tlb, vma, floor, ceiling, true);
  yield* tlb_finish_mmu(c, tlb);
}

/** Pages more, or less, that are mapped. */
export function vm_stat_account(c: Vcpu, mm: Ptr, npages: number): void {
  poke(c, at(mm, mm_struct.total_vm), peek(c, at(mm, mm_struct.total_vm)) + npages);
}

/** @returns the next of the list */
export function* remove_vma(c: Vcpu, vma: Ptr): Code<Ptr> {
  const next = peek(c, at(vma, vm_area_struct.vm_next)) as Ptr;
  const file = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  if ((peek(c, at(vma, vm_area_struct.vm_flags)) & VM_ACCOUNT) !== 0) vm_unacct_memory(c, vma_pages(c, vma));
  if (file !== NULL) yield* fput(c, file);
  yield* vm_area_free(c, vma);
  return next;
}
