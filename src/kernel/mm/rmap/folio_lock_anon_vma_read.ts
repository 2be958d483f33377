// SPDX-License-Identifier: GPL-2.0-only
/**
 * The anon_vma of a folio, locked or with a reference. Linux v6.6: mm/rmap.c, folio_lock_anon_vma_read(), folio_get_anon_vma(); mm/util.c,
 * folio_anon_vma().
 *
 * Nothing keeps the anon_vma while page->mapping is read: only a folio that is still mapped afterwards has one that is still its own.
 */
import { load, peek, rmw } from '../../../../cpu/ops.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { anon_vma as struct_anon_vma, page as struct_page } from '../../include/linux/mm_types.ts';
import { folio_mapped, page_ref_add_unless_zero } from '../../include/linux/page_ref.ts';
import { PAGE_MAPPING_ANON } from '../../include/linux/page-flags.ts';
import { anon_vma_lock_read, anon_vma_unlock_read } from '../../include/linux/rmap/anon_vma_lock.ts';
import type { rmap_walk_control } from '../../include/linux/rmap.ts';
import { down_read_trylock, up_read } from '../../kernel/locking/rwsem.ts';
import { rcu_read_lock, rcu_read_unlock } from '../../kernel/rcu/update.ts';
import { at } from '../../struct.ts';
import { __put_anon_vma, put_anon_vma } from './anon_vma_chain.ts';

/** Of a folio that cannot go away; NULL if it is none of anonymous memory. */
export function* folio_anon_vma(c: Vcpu, folio: Ptr): Code<Ptr> {
  const mapping = yield* load(c, at(folio, struct_page.mapping));
  return ((mapping & PAGE_MAPPING_ANON) !== 0 ? mapping - PAGE_MAPPING_ANON : NULL) as Ptr;
}

/** Of a folio that is mapped, else NULL. */
function* mapped_anon_vma(c: Vcpu, folio: Ptr): Code<Ptr> {
  const anon_vma = yield* folio_anon_vma(c, folio);
  return anon_vma !== NULL && (yield* folio_mapped(c, folio)) ? anon_vma : NULL;
}

function* get_unless_zero(c: Vcpu, anon_vma: Ptr): Code<boolean> {
  return yield* page_ref_add_unless_zero(c, (anon_vma + struct_anon_vma.refcount - struct_page._refcount) as Ptr, 1);
}

/** @returns the anon_vma with a reference, or NULL */
export function* folio_get_anon_vma(c: Vcpu, folio: Ptr): Code<Ptr> {
  yield* rcu_read_lock(c);
  const anon_vma = yield* mapped_anon_vma(c, folio);
  const got = anon_vma !== NULL && (yield* get_unless_zero(c, anon_vma));
  // Unmapped meanwhile: the object may be another anon_vma by now, whose reference is given back.
  const stale = got && !(yield* folio_mapped(c, folio));
  yield* rcu_read_unlock(c);
  if (stale) yield* put_anon_vma(c, anon_vma);
  return got && !stale ? anon_vma : NULL;
}

/** @returns the anon_vma with the lock of its root held for reading, or NULL; with rwc.try_lock it never waits, and says when it would have */
export function* folio_lock_anon_vma_read(c: Vcpu, folio: Ptr, rwc: rmap_walk_control): Code<Ptr> {
  yield* rcu_read_lock(c);
  const anon_vma = yield* mapped_anon_vma(c, folio);
  if (anon_vma === NULL) {
    yield* rcu_read_unlock(c);
    return NULL;
  }
  const rwsem = at(peek(c, at(anon_vma, struct_anon_vma.root)) as Ptr, struct_anon_vma.rwsem);
  if (yield* down_read_trylock(c, rwsem)) {
    const mapped = yield* folio_mapped(c, folio);
    if (!mapped) yield* up_read(c, rwsem);
    yield* rcu_read_unlock(c);
    return mapped ? anon_vma : NULL;
  }
  rwc.contended = rwc.try_lock;
  const got = !rwc.try_lock && (yield* get_unless_zero(c, anon_vma));
  const stale = got && !(yield* folio_mapped(c, folio));
  yield* rcu_read_unlock(c);
  if (stale) yield* put_anon_vma(c, anon_vma);
  return got && !stale ? yield* wait_for_anon_vma(c, anon_vma) : NULL;
}

/** The reference keeps it; the lock is waited for outside of RCU, and then keeps it in place of the reference. */
function* wait_for_anon_vma(c: Vcpu, anon_vma: Ptr): Code<Ptr> {
  yield* anon_vma_lock_read(c, anon_vma);
  if ((yield* rmw(c, at(anon_vma, struct_anon_vma.refcount), ADD, -1)) !== 1) return anon_vma;
  yield* anon_vma_unlock_read(c, anon_vma);
  yield* __put_anon_vma(c, anon_vma);
  return NULL;
}
