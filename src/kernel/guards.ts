// SPDX-License-Identifier: GPL-2.0-only
/**
 * Every guard and every declared data race of the port, and those of the user's files that have been loaded. The modules that declare them are imported
 * here, so that the lists do not depend on what else has been loaded.
 */
import { type DataRace, declaredDataRaces, declaredGuards, type Guard } from './guard.ts';
import './arch/x86/include/asm/pgtable-3level/native.ts';
import './arch/x86/mm/tlb/switch_mm.ts';
import './include/linux/mm.ts';
import './include/linux/pgtable/pmdp_get_lockless.ts';
import './kernel/locking/rwsem.ts';
import './kernel/locking/rwsem/slowpath.ts';
import './kernel/sched/do_exit.ts';
import './kernel/sched/idle.ts';
import './kernel/smp/csd.ts';
import './kernel/smp/smp_call_function.ts';
import './mm/gup/gup_pmd_range.ts';
import './mm/khugepaged/close_holes.ts';
import './mm/khugepaged/collapse_file.ts';
import './mm/khugepaged/collapse_huge_page.ts';
import './mm/khugepaged/collapse_pte_mapped_thp.ts';
import './mm/khugepaged/hugepage_vma_revalidate.ts';
import './mm/khugepaged/khugepaged_enter.ts';
import './mm/khugepaged/retract_page_tables.ts';
import './mm/memory/do_swap_page.ts';
import './mm/memory/pmd_install.ts';
import './mm/memory/pte_alloc.ts';
import './mm/memory/wp_page_copy_user.ts';
import './mm/memory/zap_pte_range.ts';
import './mm/mmu_gather/tlb_gather_mmu.ts';
import './mm/mremap/move_ptes.ts';
import './mm/pgtable-generic/__pte_offset_map.ts';
import './mm/pgtable-generic/pmdp_collapse_flush.ts';
import './mm/rmap/anon_vma_prepare.ts';
import './mm/rmap/try_to_unmap_flush.ts';
import './mm/shmem/shmem_charge.ts';

/** By name. */
export const allGuards = (): readonly Guard[] => [...declaredGuards].sort((a, b) => (a.name < b.name ? -1 : 1));

/** By their place in Linux. */
export const allDataRaces = (): readonly DataRace[] => [...declaredDataRaces].sort((a, b) => (a.where < b.where ? -1 : 1));
