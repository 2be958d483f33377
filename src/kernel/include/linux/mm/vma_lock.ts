// SPDX-License-Identifier: GPL-2.0-only
/**
 * The lock of one VMA, for faults that do without mmap_lock. Linux v6.6: include/linux/mm.h, vma_start_read(), vma_end_read(), vma_start_write().
 *
 * A writer, who holds mmap_lock for writing, marks the VMA with mm_lock_seq, and all its marks end when that number changes.
 * Linux has it on 64 bits only (ARCH_SUPPORTS_PER_VMA_LOCK), and not in 6.1; it is here for studies of what it would add.
 */
import { load, peek, store } from '../../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../mmu/types.ts';
import { down_read_trylock, down_write, up_read, up_write } from '../../../kernel/locking/rwsem.ts';
import { since } from '../../../kernel.ts';
import { at } from '../../../struct.ts';
import { mm_struct, vm_area_struct } from '../mm_types.ts';

/**
 * The caller has found the VMA under RCU. @returns whether it may be used; else mmap_lock has to be taken.
 * Pairs with vma_start_write(): a mark that was stored before the lock was free again is seen by the second look.
 */
export function* vma_start_read(c: Vcpu, vma: Ptr): Code<boolean> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const seq = at(vma, vm_area_struct.vm_lock_seq);
  if ((yield* load(c, seq)) === (yield* load(c, at(mm, mm_struct.mm_lock_seq)))) return false;
  if (!(yield* down_read_trylock(c, at(vma, vm_area_struct.vm_lock)))) return false;
  if ((yield* load(c, seq)) !== (yield* load(c, at(mm, mm_struct.mm_lock_seq)))) return true;
  yield* up_read(c, at(vma, vm_area_struct.vm_lock));
  return false;
}

export function* vma_end_read(c: Vcpu, vma: Ptr): Code {
  yield* up_read(c, at(vma, vm_area_struct.vm_lock));
}

/** The caller holds mmap_lock for writing. Faults that have the VMA are waited for; later ones go to mmap_lock. */
export function* vma_start_write(c: Vcpu, vma: Ptr): Code {
  if (!since(c, '5e31275cc997')) return;
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const mm_lock_seq = yield* load(c, at(mm, mm_struct.mm_lock_seq));
  if ((yield* load(c, at(vma, vm_area_struct.vm_lock_seq))) === mm_lock_seq) return;
  yield* down_write(c, at(vma, vm_area_struct.vm_lock));
  yield* store(c, at(vma, vm_area_struct.vm_lock_seq), mm_lock_seq);
  yield* up_write(c, at(vma, vm_area_struct.vm_lock));
}
