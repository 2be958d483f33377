// SPDX-License-Identifier: GPL-2.0-only
/**
 * Migration entries become mappings again. Linux v6.6: mm/migrate.c, remove_migration_ptes().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* remove_migration_ptes(c: Vcpu, src: Ptr, dst: Ptr, locked: boolean): Code {
  violate(c, 'check', 'not ported yet: remove_migration_ptes');
}
