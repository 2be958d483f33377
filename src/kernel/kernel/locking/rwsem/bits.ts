// SPDX-License-Identifier: GPL-2.0-only
/**
 * The bits of rw_semaphore.count, and its plain words. Linux v6.6: kernel/locking/rwsem.c, the comment above RWSEM_WRITER_LOCKED.
 *
 * left out: RWSEM_FLAG_HANDOFF, RWSEM_FLAG_READFAIL.
 */
import type { Ptr } from '../../../../../mmu/types.ts';
import { rw_semaphore } from '../../../include/linux/mm_types.ts';
import { at } from '../../../struct.ts';

export const RWSEM_WRITER_LOCKED = 1;
/** Tasks wait in the list. Where waits block in place bits 1 to 7 count the writers that do. */
export const RWSEM_FLAG_WAITERS = 2;
export const RWSEM_WAITERS_MASK = 0xfe;
export const RWSEM_READER_BIAS = 256;
export const RWSEM_READER_MASK = ~0xff;
/** A writer holds it, or somebody waits: no new readers. */
export const RWSEM_READ_FAILED_MASK = RWSEM_WRITER_LOCKED | RWSEM_WAITERS_MASK;
/** Anybody holds it: no writer. */
export const RWSEM_LOCK_MASK = RWSEM_WRITER_LOCKED | RWSEM_READER_MASK;

export const WAITING_FOR_WRITE = 0;
export const WAITING_FOR_READ = 1;

export const countOf = (sem: Ptr): Ptr => at(sem, rw_semaphore.count);
export const wait_lockOf = (sem: Ptr): Ptr => at(sem, rw_semaphore.wait_lock);
export const wait_listOf = (sem: Ptr): Ptr => at(sem, rw_semaphore.wait_list);
