// SPDX-License-Identifier: GPL-2.0-only
/** Files that hold one switch. Linux v6.6: mm/huge_memory.c, single_hugepage_flag_show(), single_hugepage_flag_store(). */
import { update } from '../../../../cpu/ops.ts';
import { AND, OR } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { EINVAL } from '../../include/uapi/asm-generic/errno.ts';
import { kernelOf } from '../../kernel.ts';
import { kstrtoul } from '../../lib/kstrtox/kstrtoul.ts';
import { at } from '../../struct.ts';
import { test_hugepage_flag, transparent_hugepage } from './transparent_hugepage_flags.ts';

export function* set_hugepage_flag(c: Vcpu, flag: number, on: boolean): Code {
  const flags = at(kernelOf(c).globals.transparent_hugepage, transparent_hugepage.flags);
  if (on) yield* update(c, flags, OR, 1 << flag);
  else yield* update(c, flags, AND, ~(1 << flag));
}

/** @returns 0 or a negative errno */
export function* single_hugepage_flag_store(c: Vcpu, text: string, flag: number): Code<number> {
  const value = kstrtoul(text);
  if (value < 0) return value;
  if (value > 1) return -EINVAL;
  yield* set_hugepage_flag(c, flag, value === 1);
  return 0;
}

export const single_hugepage_flag_show = (c: Vcpu, flag: number): string => `${test_hugepage_flag(c, flag) ? 1 : 0}\n`;
