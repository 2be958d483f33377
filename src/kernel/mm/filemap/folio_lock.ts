// SPDX-License-Identifier: GPL-2.0-only
/**
 * The lock of a folio.
 * Linux v6.6: mm/filemap.c, folio_lock(), folio_trylock(), folio_unlock(), __folio_lock_or_retry().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* folio_lock(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: folio_lock');
}

export function* folio_trylock(c: Vcpu, folio: Ptr): Code<boolean> {
  violate(c, 'check', 'not ported yet: folio_trylock');
}

export function* folio_unlock(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: folio_unlock');
}

export function* folio_wait_locked(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: folio_wait_locked');
}
