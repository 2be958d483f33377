// SPDX-License-Identifier: GPL-2.0-only
/**
 * write() on a file.
 * Linux v6.6: fs/read_write.c, vfs_write(), vfs_read().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* vfs_write_words(c: Vcpu, file: Ptr, words: Int32Array, pos: number): Code<number> {
  violate(c, 'check', 'not ported yet: vfs_write_words');
}
