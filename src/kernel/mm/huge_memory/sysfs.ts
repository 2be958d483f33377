// SPDX-License-Identifier: GPL-2.0-only
/**
 * The files under /sys/kernel/mm/transparent_hugepage. Linux v6.6: mm/huge_memory.c, hugepage_attr_group and its *_show() and *_store().
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { EACCES, EINVAL, ENOENT } from '../../include/uapi/asm-generic/errno.ts';
import { sysfs_streq } from '../../lib/kstrtox/kstrtoul.ts';
import { start_stop_khugepaged } from '../khugepaged/start_stop_khugepaged.ts';
import { khugepaged_attr_show, khugepaged_attr_store } from '../khugepaged/sysfs.ts';
import { shmem_enabled_show, shmem_enabled_store } from '../shmem/shmem_enabled.ts';
import { set_hugepage_flag, single_hugepage_flag_show, single_hugepage_flag_store } from './single_hugepage_flag.ts';
import {
  TRANSPARENT_HUGEPAGE_DEFRAG_DIRECT_FLAG,
  TRANSPARENT_HUGEPAGE_DEFRAG_KSWAPD_FLAG,
  TRANSPARENT_HUGEPAGE_DEFRAG_KSWAPD_OR_MADV_FLAG,
  TRANSPARENT_HUGEPAGE_DEFRAG_REQ_MADV_FLAG,
  TRANSPARENT_HUGEPAGE_FLAG,
  TRANSPARENT_HUGEPAGE_REQ_MADV_FLAG,
  TRANSPARENT_HUGEPAGE_USE_ZERO_PAGE_FLAG,
  test_hugepage_flag,
} from './transparent_hugepage_flags.ts';

/** A word for each flag of which at most one is set; the last word is for none. */
type Choice = readonly (readonly [word: string, flag: number])[];
const NONE = -1;

const enabled: Choice = [
  ['always', TRANSPARENT_HUGEPAGE_FLAG],
  ['madvise', TRANSPARENT_HUGEPAGE_REQ_MADV_FLAG],
  ['never', NONE],
];

const defrag: Choice = [
  ['always', TRANSPARENT_HUGEPAGE_DEFRAG_DIRECT_FLAG],
  ['defer', TRANSPARENT_HUGEPAGE_DEFRAG_KSWAPD_FLAG],
  ['defer+madvise', TRANSPARENT_HUGEPAGE_DEFRAG_KSWAPD_OR_MADV_FLAG],
  ['madvise', TRANSPARENT_HUGEPAGE_DEFRAG_REQ_MADV_FLAG],
  ['never', NONE],
];

/** Every other flag is cleared first. */
function* choice_store(c: Vcpu, choice: Choice, text: string): Code<number> {
  let chosen = choice.length - 1;
  while (chosen >= 0 && !sysfs_streq(text, choice[chosen]![0])) chosen--;
  if (chosen < 0) return -EINVAL;
  const set = choice[chosen]![1];
  for (const [, flag] of choice) if (flag !== NONE && flag !== set) yield* set_hugepage_flag(c, flag, false);
  if (set !== NONE) yield* set_hugepage_flag(c, set, true);
  return 0;
}

function choice_show(c: Vcpu, choice: Choice): string {
  let chosen = 0;
  while (choice[chosen]![1] !== NONE && !test_hugepage_flag(c, choice[chosen]![1])) chosen++;
  const words: string[] = [];
  for (const [word] of choice) words.push(words.length === chosen ? `[${word}]` : word);
  return `${words.join(' ')}\n`;
}

/** @param name "enabled", "khugepaged/defrag", ... @returns the length of the text, or a negative errno: -ENOENT where there is no such file */
export function* thp_sysfs_store(c: Vcpu, name: string, text: string): Code<number> {
  const err = yield* attr_store(c, name, text);
  return err < 0 ? err : text.length;
}

function* attr_store(c: Vcpu, name: string, text: string): Code<number> {
  if (name.startsWith('khugepaged/')) return yield* khugepaged_attr_store(c, name.slice('khugepaged/'.length), text);
  switch (name) {
    case 'enabled': {
      const err = yield* choice_store(c, enabled, text);
      if (err === 0) yield* start_stop_khugepaged(c);
      return err;
    }
    case 'defrag':
      return yield* choice_store(c, defrag, text);
    case 'use_zero_page':
      return yield* single_hugepage_flag_store(c, text, TRANSPARENT_HUGEPAGE_USE_ZERO_PAGE_FLAG);
    case 'shmem_enabled':
      return shmem_enabled_store(c, text);
    case 'hpage_pmd_size':
      return -EACCES;
    default:
      return -ENOENT;
  }
}

/** @returns what a read of the file gives, with its newline; '' where there is no such file */
export function thp_sysfs_show(c: Vcpu, name: string): string {
  if (name.startsWith('khugepaged/')) return khugepaged_attr_show(c, name.slice('khugepaged/'.length));
  switch (name) {
    case 'enabled':
      return choice_show(c, enabled);
    case 'defrag':
      return choice_show(c, defrag);
    case 'use_zero_page':
      return single_hugepage_flag_show(c, TRANSPARENT_HUGEPAGE_USE_ZERO_PAGE_FLAG);
    case 'shmem_enabled':
      return shmem_enabled_show(c);
    case 'hpage_pmd_size':
      return `${HPAGE_PMD_SIZE}\n`;
    default:
      return '';
  }
}
