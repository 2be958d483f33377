// SPDX-License-Identifier: GPL-2.0-only
/**
 * Every place where a folio may be mapped. Linux v6.6: mm/rmap.c, rmap_walk(), rmap_walk_anon(), rmap_walk_file().
 *
 * The folio is locked. VMAs come from the anon_vma or from the file's i_mmap; whether they map it is for the function to find out. Functions
 * are numbers here, since one that is passed cannot be called by name.
 */
import { peek } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { folio_nr_pages } from '../../include/linux/mm/page.ts';
import { VM_GROWSDOWN, VM_RAND_READ, VM_SEQ_READ, VM_STACK_INCOMPLETE_SETUP } from '../../include/linux/mm/vm_flags.ts';
import { anon_vma_chain, page as struct_page, vm_area_struct } from '../../include/linux/mm_types.ts';
import { folio_mapped } from '../../include/linux/page_ref.ts';
import { PageAnon } from '../../include/linux/page-flags.ts';
import { anon_vma_lock_read, anon_vma_unlock_read } from '../../include/linux/rmap/anon_vma_lock.ts';
import {
  FOLIO_REFERENCED_ONE,
  REMOVE_MIGRATION_PTE,
  type rmap_walk_control,
  TRY_TO_MIGRATE_ONE,
  TRY_TO_UNMAP_ONE,
} from '../../include/linux/rmap.ts';
import { at } from '../../struct.ts';
import { vma_address } from '../internal/vma_address.ts';
import { anon_vma_interval_tree_iter_next } from '../interval_tree/anon_vma.ts';
import { i_mmap_lock_read, i_mmap_trylock_read, i_mmap_unlock_read, vma_interval_tree_iter_next } from '../interval_tree/i_mmap.ts';
import { remove_migration_pte } from '../migrate/remove_migration_ptes.ts';
import { folio_anon_vma, folio_lock_anon_vma_read } from './folio_lock_anon_vma_read.ts';
import { folio_referenced_one } from './folio_referenced.ts';
import { try_to_migrate_one } from './try_to_migrate.ts';
import { try_to_unmap_one } from './try_to_unmap_one.ts';

export function* rmap_walk(c: Vcpu, folio: Ptr, rwc: rmap_walk_control): Code {
  if (PageAnon(c, folio)) yield* rmap_walk_anon(c, folio, rwc, false);
  else yield* rmap_walk_file(c, folio, rwc, false);
}

/** The caller holds the lock of the anon_vma or of i_mmap. */
export function* rmap_walk_locked(c: Vcpu, folio: Ptr, rwc: rmap_walk_control): Code {
  if (PageAnon(c, folio)) yield* rmap_walk_anon(c, folio, rwc, true);
  else yield* rmap_walk_file(c, folio, rwc, true);
}

function* rmap_walk_anon(c: Vcpu, folio: Ptr, rwc: rmap_walk_control, locked: boolean): Code {
  const anon_vma = locked ? yield* folio_anon_vma(c, folio) : yield* rmap_walk_anon_lock(c, folio, rwc);
  if (anon_vma === NULL) return;
  const first = peek(c, at(folio, struct_page.index));
  const last = first + folio_nr_pages(c, folio) - 1;
  let avc = anon_vma_interval_tree_iter_next(c, anon_vma, NULL, first, last);
  while (avc !== NULL && (yield* rmap_walk_vma(c, folio, peek(c, at(avc, anon_vma_chain.vma)) as Ptr, rwc)))
    avc = anon_vma_interval_tree_iter_next(c, anon_vma, avc, first, last);
  if (!locked) yield* anon_vma_unlock_read(c, anon_vma);
}

/** Migration entries are no mappings, so a folio that has nothing else is not mapped: then its lock and a reference keep the anon_vma. */
function* rmap_walk_anon_lock(c: Vcpu, folio: Ptr, rwc: rmap_walk_control): Code<Ptr> {
  if (rwc.rmap_one !== REMOVE_MIGRATION_PTE) return yield* folio_lock_anon_vma_read(c, folio, rwc);
  const anon_vma = yield* folio_anon_vma(c, folio);
  if (anon_vma !== NULL) yield* anon_vma_lock_read(c, anon_vma);
  return anon_vma;
}

function* rmap_walk_file(c: Vcpu, folio: Ptr, rwc: rmap_walk_control, locked: boolean): Code {
  const mapping = peek(c, at(folio, struct_page.mapping)) as Ptr;
  if (mapping === NULL) return;
  if (!locked && !(yield* i_mmap_trylock_read(c, mapping))) {
    rwc.contended = rwc.try_lock;
    if (rwc.try_lock) return;
    yield* i_mmap_lock_read(c, mapping);
  }
  const first = peek(c, at(folio, struct_page.index));
  const last = first + folio_nr_pages(c, folio) - 1;
  let vma = vma_interval_tree_iter_next(c, mapping, NULL, first, last);
  while (vma !== NULL && (yield* rmap_walk_vma(c, folio, vma, rwc))) vma = vma_interval_tree_iter_next(c, mapping, vma, first, last);
  if (!locked) yield* i_mmap_unlock_read(c, mapping);
}

/** @returns whether the walk goes on */
function* rmap_walk_vma(c: Vcpu, folio: Ptr, vma: Ptr, rwc: rmap_walk_control): Code<boolean> {
  if (invalid_vma(c, vma, rwc)) return true;
  if (!(yield* rmap_one(c, folio, vma, yield* vma_address(c, folio, vma), rwc))) return false;
  return (rwc.rmap_one !== TRY_TO_UNMAP_ONE && rwc.rmap_one !== TRY_TO_MIGRATE_ONE) || (yield* folio_mapped(c, folio));
}

/** References from a VMA that is read in order, or here and there, say nothing; a stack that exec is building is about to move. */
function invalid_vma(c: Vcpu, vma: Ptr, rwc: rmap_walk_control): boolean {
  const vm_flags = peek(c, at(vma, vm_area_struct.vm_flags));
  if (rwc.rmap_one === FOLIO_REFERENCED_ONE) return (vm_flags & (VM_SEQ_READ | VM_RAND_READ)) !== 0;
  if (rwc.rmap_one !== TRY_TO_MIGRATE_ONE) return false;
  return (vm_flags & VM_GROWSDOWN) !== 0 && (vm_flags & VM_STACK_INCOMPLETE_SETUP) === VM_STACK_INCOMPLETE_SETUP;
}

function* rmap_one(c: Vcpu, folio: Ptr, vma: Ptr, address: number, rwc: rmap_walk_control): Code<boolean> {
  if (address < 0) violate(c, 'check', 'VM_BUG_ON_VMA: vma_address() == -EFAULT in rmap_walk()');
  switch (rwc.rmap_one) {
    case TRY_TO_UNMAP_ONE:
      return yield* try_to_unmap_one(c, folio, vma, address, rwc.flags);
    case TRY_TO_MIGRATE_ONE:
      return yield* try_to_migrate_one(c, folio, vma, address, rwc.flags);
    case FOLIO_REFERENCED_ONE:
      return yield* folio_referenced_one(c, folio, vma, address, rwc);
    default:
      return yield* remove_migration_pte(c, folio, vma, address, rwc.old);
  }
}
