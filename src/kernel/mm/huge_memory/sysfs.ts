// SPDX-License-Identifier: GPL-2.0-only
/** The files under /sys/kernel/mm/transparent_hugepage. Linux v6.6: mm/huge_memory.c, mm/khugepaged.c, mm/shmem.c: the *_show() and *_store(). */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';

/** @param name "enabled", "khugepaged/defrag", ... @returns the length of the text, or a negative errno: -ENOENT where there is no such file */
export function* thp_sysfs_store(c: Vcpu, _name: string, _text: string): Code<number> {
  violate(c, 'check', 'not ported yet: thp_sysfs_store');
}

/** @returns what a read of the file gives, with its newline; '' where there is no such file */
export function* thp_sysfs_show(c: Vcpu, _name: string): Code<string> {
  violate(c, 'check', 'not ported yet: thp_sysfs_show');
}
