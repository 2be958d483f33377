// SPDX-License-Identifier: GPL-2.0-only
/**
 * References of a struct file.
 * Linux v6.6: fs/file_table.c, fput(); include/linux/fs.h, get_file().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* get_file(c: Vcpu, file: Ptr): Code<Ptr> {
  violate(c, 'check', 'not ported yet: get_file');
}

export function* fput(c: Vcpu, file: Ptr): Code {
  violate(c, 'check', 'not ported yet: fput');
}
