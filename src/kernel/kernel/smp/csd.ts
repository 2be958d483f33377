// SPDX-License-Identifier: GPL-2.0-only
/**
 * The lock bit of a call_single_data. Linux v6.6: kernel/smp.c, csd_lock(), csd_unlock(), csd_lock_wait().
 *
 * Set by the source before it fills the data in, cleared by the target. Only the source ever waits for it, and there is one
 * call_single_data for each pair of source and target, so that no two CPUs compete for one.
 * left out: CONFIG_CSD_LOCK_WAIT_DEBUG.
 */
import { peek, store, waitLoad } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { guard, on } from '../../guard.ts';
import { call_single_data } from '../../include/linux/percpu.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';

export const CSD_FLAG_LOCK = 0x01;
export const CSD_TYPE_ASYNC = 0x00;
export const CSD_TYPE_SYNC = 0x10;
const CSD_FLAG_TYPE_MASK = 0xf0;

const csd_lock_guard = guard('csd-lock', 'csd_lock() waits until the last call with the same data is done', 'kernel/smp.c');

const u_flags = (csd: Ptr): Ptr => at(csd, call_single_data.u_flags);

/** The call_single_data of a source and a target: cfd_data of the source, per CPU. */
export const cfd_csd = (c: Vcpu, source: number, target: number): Ptr => kernelOf(c).csd[source * c.m.cpus + target]!;

export const CSD_TYPE = (c: Vcpu, csd: Ptr): number => peek(c, u_flags(csd)) & CSD_FLAG_TYPE_MASK;

/** Pairs with csd_unlock(): what the target has read and done is behind us. */
export function* csd_lock_wait(c: Vcpu, csd: Ptr): Code {
  yield* waitLoad(c, u_flags(csd), CSD_FLAG_LOCK, 0);
}

export function* csd_lock(c: Vcpu, csd: Ptr): Code {
  if (on(c, csd_lock_guard)) yield* csd_lock_wait(c, csd);
  yield* store(c, u_flags(csd), peek(c, u_flags(csd)) | CSD_FLAG_LOCK);
  // smp_wmb(): stores are in order under TSO. Pairs with llist_del_all() of the target, which cannot find the data before it is locked.
}

/** Somebody waits for the end of the call: it comes before those for which nobody does. */
export function* csd_mark_sync(c: Vcpu, csd: Ptr): Code {
  yield* store(c, u_flags(csd), peek(c, u_flags(csd)) | CSD_TYPE_SYNC);
}

/** smp_store_release(): pairs with csd_lock_wait(). */
export function* csd_unlock(c: Vcpu, csd: Ptr): Code {
  if ((peek(c, u_flags(csd)) & CSD_FLAG_LOCK) === 0) violate(c, 'locking', `csd_unlock(): ${c.m.nameOf(csd)} is not locked`);
  yield* store(c, u_flags(csd), 0);
}
