// SPDX-License-Identifier: GPL-2.0-only
/**
 * A new address space. Linux v6.6: kernel/fork.c, mm_alloc(), mm_init(); arch/x86/include/asm/mmu_context.h, init_new_context().
 * left out: counters of executable, data and stack pages, limits, owner, binary.
 */
import { poke, rmw } from '../../../../cpu/ops.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pgd_alloc } from '../../arch/x86/mm/pgtable/pgd_alloc.ts';
import { mm_struct } from '../../include/linux/mm_types.ts';
import { type Kernel, kernelOf, newObject } from '../../kernel.ts';
import { kmem_cache_alloc, kmem_cache_free } from '../../mm/slub/kmem_cache_alloc.ts';
import { at, atomic, struct } from '../../struct.ts';
import { mm_cachep } from './__mmdrop.ts';

const mm_context = struct('mm_context', { last_mm_ctx_id: atomic });

export function mm_context_init(k: Kernel): void {
  k.globals.mm_context = newObject(k, mm_context, 'mm_context');
}

/** Of an execve(): without any mapping. @returns NULL if there is no memory */
export function* mm_alloc(c: Vcpu): Code<Ptr> {
  return yield* mm_init(c, 0, 0);
}

/** @param flags MMF_* @param def_flags VM_* @returns an mm with one user, or NULL */
export function* mm_init(c: Vcpu, flags: number, def_flags: number): Code<Ptr> {
  const mm = yield* kmem_cache_alloc(c, mm_cachep);
  if (mm === NULL) return NULL;
  poke(c, at(mm, mm_struct.mm_users), 1);
  poke(c, at(mm, mm_struct.mm_count), 1);
  poke(c, at(mm, mm_struct.flags), flags);
  poke(c, at(mm, mm_struct.def_flags), def_flags);
  const ctx = at(kernelOf(c).globals.mm_context, mm_context.last_mm_ctx_id);
  poke(c, at(mm, mm_struct.ctx_id), (yield* rmw(c, ctx, ADD, 1)) + 1);
  const pgd = yield* pgd_alloc(c, mm);
  if (pgd === 0) {
    yield* kmem_cache_free(c, mm_cachep, mm);
    return NULL;
  }
  poke(c, at(mm, mm_struct.pgd), pgd);
  return mm;
}
