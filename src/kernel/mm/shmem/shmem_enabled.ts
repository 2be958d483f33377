// SPDX-License-Identifier: GPL-2.0-only
/** The file shmem_enabled of transparent_hugepage. Linux v6.6: mm/shmem.c, shmem_enabled_show(), shmem_enabled_store(), shmem_parse_huge(). */
import { poke } from '../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL } from '../../../../mmu/types.ts';
import { super_block } from '../../include/linux/mm_types.ts';
import {
  SHMEM_HUGE_ADVISE,
  SHMEM_HUGE_ALWAYS,
  SHMEM_HUGE_DENY,
  SHMEM_HUGE_FORCE,
  SHMEM_HUGE_NEVER,
  SHMEM_HUGE_WITHIN_SIZE,
} from '../../include/linux/shmem_fs.ts';
import { EINVAL } from '../../include/uapi/asm-generic/errno.ts';
import { kernelOf } from '../../kernel.ts';
import { sysfs_streq } from '../../lib/kstrtox/kstrtoul.ts';
import { at } from '../../struct.ts';
import { shmem_huge, transparent_hugepage } from '../huge_memory/transparent_hugepage_flags.ts';

/** In the order in which the file shows them. */
const values: readonly (readonly [word: string, huge: number])[] = [
  ['always', SHMEM_HUGE_ALWAYS],
  ['within_size', SHMEM_HUGE_WITHIN_SIZE],
  ['advise', SHMEM_HUGE_ADVISE],
  ['never', SHMEM_HUGE_NEVER],
  ['deny', SHMEM_HUGE_DENY],
  ['force', SHMEM_HUGE_FORCE],
];

/** Also the setting of the mount that memfd and shared anonymous memory lie in, unless it is deny or force. @returns 0 or a negative errno */
export function shmem_enabled_store(c: Vcpu, text: string): number {
  let i = values.length - 1;
  while (i >= 0 && !sysfs_streq(text, values[i]![0])) i--;
  if (i < 0) return -EINVAL;
  const huge = values[i]![1];
  const { globals } = kernelOf(c);
  poke(c, at(globals.transparent_hugepage, transparent_hugepage.shmem_huge), huge);
  if (huge > SHMEM_HUGE_DENY && globals.shm_mnt !== NULL) poke(c, at(globals.shm_mnt, super_block.huge), huge);
  return 0;
}

export function shmem_enabled_show(c: Vcpu): string {
  const now = shmem_huge(c);
  const words: string[] = [];
  for (const [word, huge] of values) words.push(huge === now ? `[${word}]` : word);
  return `${words.join(' ')}\n`;
}
