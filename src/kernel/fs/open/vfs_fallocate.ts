// SPDX-License-Identifier: GPL-2.0-only
/**
 * ftruncate() and fallocate().
 * Linux v6.6: fs/open.c, do_truncate(), vfs_fallocate().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* do_truncate(c: Vcpu, file: Ptr, length: number): Code<number> {
  violate(c, 'check', 'not ported yet: do_truncate');
}

export function* vfs_fallocate(c: Vcpu, file: Ptr, mode: number, offset: number, len: number): Code<number> {
  violate(c, 'check', 'not ported yet: vfs_fallocate');
}
