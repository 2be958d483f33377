// SPDX-License-Identifier: GPL-2.0-only
/**
 * An address space ends: its last user has gone. Linux v6.6: mm/mmap.c, exit_mmap().
 */
import { peek, poke, update } from '../../../../cpu/ops.ts';
import { OR } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mm_struct } from '../../include/linux/mm_types.ts';
import { mmap_read_lock, mmap_read_unlock, mmap_write_lock, mmap_write_unlock } from '../../include/linux/mmap_lock.ts';
import { MMF_OOM_SKIP } from '../../include/linux/sched/coredump.ts';
import { at } from '../../struct.ts';
import { free_pgtables } from '../memory/free_pgtables.ts';
import { unmap_vmas } from '../memory/unmap_vmas.ts';
import { tlb_finish_mmu, tlb_gather_mmu_fullmm } from '../mmu_gather/tlb_gather_mmu.ts';
import { mmu_notifier_release } from '../mmu_notifier/mmu_notifier.ts';
import { lru_add_drain } from '../swap/lru_add_drain.ts';
import { FIRST_USER_ADDRESS, remove_vma, USER_PGTABLES_CEILING } from './unmap_region.ts';

/** An address beyond every VMA. */
const ULONG_MAX = 0xffffffff;

/** khugepaged may still look at it until mmap_lock has been taken for writing. */
export function* exit_mmap(c: Vcpu, mm: Ptr): Code {
  yield* mmu_notifier_release(c, mm);
  yield* mmap_read_lock(c, mm);
  const first = peek(c, at(mm, mm_struct.mmap)) as Ptr;
  if (first === NULL) {
    yield* mmap_read_unlock(c, mm); // fork() found no memory
    return;
  }
  yield* lru_add_drain(c);
  const tlb = yield* tlb_gather_mmu_fullmm(c, mm);
  yield* unmap_vmas(c, tlb, first, 0, ULONG_MAX);
  yield* mmap_read_unlock(c, mm);
  yield* update(c, at(mm, mm_struct.flags), OR, 1 << MMF_OOM_SKIP);
  yield* mmap_write_lock(c, mm);
  yield* free_pgtables(c, tlb, first, FIRST_USER_ADDRESS, USER_PGTABLES_CEILING, true);
  yield* tlb_finish_mmu(c, tlb);
  let vma = first;
  while (vma !== NULL) vma = yield* remove_vma(c, vma);
  poke(c, at(mm, mm_struct.mmap), NULL);
  poke(c, at(mm, mm_struct.map_count), 0);
  yield* mmap_write_unlock(c, mm);
}
