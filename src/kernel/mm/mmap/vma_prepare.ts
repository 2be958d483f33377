// SPDX-License-Identifier: GPL-2.0-only
/**
 * The locks and trees around a change of a VMA's boundaries. Linux v6.6: mm/mmap.c, init_multi_vma_prep(), vma_prepare(), vma_complete();
 * mm/rmap.c, anon_vma_merge().
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { fput } from '../../fs/file_table/fput.ts';
import { file_mapping } from '../../include/linux/fs.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { anon_vma_lock_write, anon_vma_unlock_write } from '../../include/linux/rmap/anon_vma_lock.ts';
import { vm_area_free } from '../../kernel/fork/vm_area_alloc.ts';
import { at } from '../../struct.ts';
import { anon_vma_interval_tree_post_update_vma, anon_vma_interval_tree_pre_update_vma } from '../interval_tree/anon_vma.ts';
import { i_mmap_lock_write, i_mmap_unlock_write, vma_interval_tree_insert, vma_interval_tree_remove } from '../interval_tree/i_mmap.ts';
import { unlink_anon_vmas } from '../rmap/unlink_anon_vmas.ts';
import { __remove_shared_vm_struct, __vma_link_file, __vma_unlink_list, vma_iter_store } from './vma_link.ts';

/** What one change touches; on its stack. */
export interface vma_prepare {
  /** The VMA whose boundaries change. */
  vma: Ptr;
  /** A neighbour whose start moves the other way. */
  adj_next: Ptr;
  file: Ptr;
  mapping: Ptr;
  anon_vma: Ptr;
  /** A new VMA, split off. */
  insert: Ptr;
  /** VMAs that are swallowed. */
  remove: Ptr;
  remove2: Ptr;
}

export function init_multi_vma_prep(c: Vcpu, vma: Ptr, adj_next: Ptr, remove: Ptr, remove2: Ptr): vma_prepare {
  const file = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  let anon_vma = peek(c, at(vma, vm_area_struct.anon_vma)) as Ptr;
  if (anon_vma === NULL && adj_next !== NULL) anon_vma = peek(c, at(adj_next, vm_area_struct.anon_vma)) as Ptr;
  return { vma, adj_next, file, mapping: file === NULL ? NULL : file_mapping(c, file), anon_vma, insert: NULL, remove, remove2 };
}

export function* vma_prepare(c: Vcpu, vp: vma_prepare): Code {
  if (vp.file !== NULL) {
    yield* i_mmap_lock_write(c, vp.mapping);
    if (vp.insert !== NULL) yield* __vma_link_file(c, vp.insert, vp.mapping);
  }
  if (vp.anon_vma !== NULL) {
    yield* anon_vma_lock_write(c, vp.anon_vma);
    anon_vma_interval_tree_pre_update_vma(c, vp.vma);
    if (vp.adj_next !== NULL) anon_vma_interval_tree_pre_update_vma(c, vp.adj_next);
  }
  if (vp.file !== NULL) {
    vma_interval_tree_remove(c, vp.mapping, vp.vma);
    if (vp.adj_next !== NULL) vma_interval_tree_remove(c, vp.mapping, vp.adj_next);
  }
}

/** The boundaries are what they shall be. */
export function* vma_complete(c: Vcpu, vp: vma_prepare, mm: Ptr): Code {
  if (vp.file !== NULL) {
    if (vp.adj_next !== NULL) vma_interval_tree_insert(c, vp.mapping, vp.adj_next);
    vma_interval_tree_insert(c, vp.mapping, vp.vma);
  }
  yield* take_out(c, vp, mm, vp.remove);
  yield* take_out(c, vp, mm, vp.remove2);
  if (vp.insert !== NULL) {
    vma_iter_store(c, mm, vp.insert);
    poke(c, at(mm, mm_struct.map_count), peek(c, at(mm, mm_struct.map_count)) + 1);
  }
  if (vp.anon_vma !== NULL) {
    anon_vma_interval_tree_post_update_vma(c, vp.vma);
    if (vp.adj_next !== NULL) anon_vma_interval_tree_post_update_vma(c, vp.adj_next);
    yield* anon_vma_unlock_write(c, vp.anon_vma);
  }
  if (vp.file !== NULL) yield* i_mmap_unlock_write(c, vp.mapping);
  yield* free_removed(c, vp, mm, vp.remove);
  yield* free_removed(c, vp, mm, vp.remove2);
}

function* take_out(c: Vcpu, vp: vma_prepare, mm: Ptr, vma: Ptr): Code {
  if (vma === NULL) return;
  __vma_unlink_list(c, mm, vma, vma);
  if (vp.file !== NULL) yield* __remove_shared_vm_struct(c, vma, vp.mapping);
}

function* free_removed(c: Vcpu, vp: vma_prepare, mm: Ptr, vma: Ptr): Code {
  if (vma === NULL) return;
  if (vp.file !== NULL) yield* fput(c, vp.file);
  if (peek(c, at(vma, vm_area_struct.anon_vma)) !== NULL) yield* unlink_anon_vmas(c, vma); // anon_vma_merge()
  poke(c, at(mm, mm_struct.map_count), peek(c, at(mm, mm_struct.map_count)) - 1);
  yield* vm_area_free(c, vma);
}
