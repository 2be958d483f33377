// SPDX-License-Identifier: GPL-2.0-only
/**
 * The lock of a family of anon_vmas, which lies in its root, and references to an anon_vma. Linux v6.6: include/linux/rmap.h,
 * anon_vma_lock_write(), anon_vma_lock_read(), get_anon_vma().
 */
import { peek, update } from '../../../../../cpu/ops.ts';
import { ADD } from '../../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../mmu/types.ts';
import { down_read, down_write, up_read, up_write } from '../../../kernel/locking/rwsem.ts';
import { at } from '../../../struct.ts';
import { anon_vma } from '../mm_types.ts';

/** The rwsem of its root. */
export const anon_vma_rwsem = (c: Vcpu, av: Ptr): Ptr => at(peek(c, at(av, anon_vma.root)) as Ptr, anon_vma.rwsem);

export function* anon_vma_lock_write(c: Vcpu, av: Ptr): Code {
  yield* down_write(c, anon_vma_rwsem(c, av));
}

export function* anon_vma_unlock_write(c: Vcpu, av: Ptr): Code {
  yield* up_write(c, anon_vma_rwsem(c, av));
}

export function* anon_vma_lock_read(c: Vcpu, av: Ptr): Code {
  yield* down_read(c, anon_vma_rwsem(c, av));
}

export function* anon_vma_unlock_read(c: Vcpu, av: Ptr): Code {
  yield* up_read(c, anon_vma_rwsem(c, av));
}

export function* get_anon_vma(c: Vcpu, av: Ptr): Code {
  yield* update(c, at(av, anon_vma.refcount), ADD, 1);
}
