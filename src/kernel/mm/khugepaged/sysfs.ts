// SPDX-License-Identifier: GPL-2.0-only
/**
 * The files under /sys/kernel/mm/transparent_hugepage/khugepaged. Linux v6.6: mm/khugepaged.c, khugepaged_attr_group and its *_show() and *_store().
 */
import { store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { HPAGE_PMD_NR } from '../../arch/x86/include/asm/pgtable_types.ts';
import { EACCES, EINVAL, ENOENT } from '../../include/uapi/asm-generic/errno.ts';
import { kstrtouint, kstrtoul } from '../../lib/kstrtox/kstrtoul.ts';
import { single_hugepage_flag_show, single_hugepage_flag_store } from '../huge_memory/single_hugepage_flag.ts';
import { TRANSPARENT_HUGEPAGE_DEFRAG_KHUGEPAGED_FLAG } from '../huge_memory/transparent_hugepage_flags.ts';
import { khugepaged_read, khugepaged_state, khugepaged_var, khugepaged_write } from './khugepaged_scan.ts';
import { wake_up_khugepaged } from './khugepaged_wait.ts';

/** @param name below khugepaged/. @returns 0 or a negative errno */
export function* khugepaged_attr_store(c: Vcpu, name: string, text: string): Code<number> {
  switch (name) {
    case 'scan_sleep_millisecs':
      return yield* sleep_millisecs_store(c, khugepaged_state.scan_sleep_millisecs, text);
    case 'alloc_sleep_millisecs':
      return yield* sleep_millisecs_store(c, khugepaged_state.alloc_sleep_millisecs, text);
    case 'pages_to_scan':
      return number_store(c, khugepaged_state.pages_to_scan, kstrtouint(text), 1, 0xffffffff);
    case 'max_ptes_none':
      return number_store(c, khugepaged_state.max_ptes_none, kstrtoul(text), 0, HPAGE_PMD_NR - 1);
    case 'max_ptes_swap':
      return number_store(c, khugepaged_state.max_ptes_swap, kstrtoul(text), 0, HPAGE_PMD_NR - 1);
    case 'max_ptes_shared':
      return number_store(c, khugepaged_state.max_ptes_shared, kstrtoul(text), 0, HPAGE_PMD_NR - 1);
    case 'defrag':
      return yield* single_hugepage_flag_store(c, text, TRANSPARENT_HUGEPAGE_DEFRAG_KHUGEPAGED_FLAG);
    case 'pages_collapsed':
    case 'full_scans':
      return -EACCES;
    default:
      return -ENOENT;
  }
}

/** khugepaged looks at its sleep again. */
function* sleep_millisecs_store(c: Vcpu, field: number, text: string): Code<number> {
  const err = number_store(c, field, kstrtouint(text), 0, 0xffffffff);
  if (err < 0) return err;
  yield* store(c, khugepaged_var(c, khugepaged_state.sleep_expire), 0);
  yield* wake_up_khugepaged(c);
  return 0;
}

/** Whatever is wrong with it, it is EINVAL. */
function number_store(c: Vcpu, field: number, value: number, min: number, max: number): number {
  if (value < min || value > max) return -EINVAL;
  khugepaged_write(c, field, value);
  return 0;
}

const numbers: Readonly<Record<string, number>> = {
  scan_sleep_millisecs: khugepaged_state.scan_sleep_millisecs,
  alloc_sleep_millisecs: khugepaged_state.alloc_sleep_millisecs,
  pages_to_scan: khugepaged_state.pages_to_scan,
  pages_collapsed: khugepaged_state.pages_collapsed,
  full_scans: khugepaged_state.full_scans,
  max_ptes_none: khugepaged_state.max_ptes_none,
  max_ptes_swap: khugepaged_state.max_ptes_swap,
  max_ptes_shared: khugepaged_state.max_ptes_shared,
};

/** @param name below khugepaged/. @returns the text with its newline; '' where there is no such file */
export function khugepaged_attr_show(c: Vcpu, name: string): string {
  if (name === 'defrag') return single_hugepage_flag_show(c, TRANSPARENT_HUGEPAGE_DEFRAG_KHUGEPAGED_FLAG);
  const field = numbers[name];
  return field === undefined ? '' : `${khugepaged_read(c, field)}\n`;
}
