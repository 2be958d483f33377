// SPDX-License-Identifier: GPL-2.0-only
/**
 * From the port to Linux v6.6: which source file a file of the port stands for, which functions are the port's own, and how the statements read that
 * the port does directly.
 */

const PORT = 'src/kernel/';

/** Files of the port whose place in the tree does not say which file of Linux they are of. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'arch/x86/kernel/irq/handle_interrupt': 'arch/x86/kernel/smp.c',
  'arch/x86/kernel/smp/smp': 'arch/x86/kernel/apic/ipi.c',
  'arch/x86/kernel/smp/vectors': 'arch/x86/include/asm/irq_vectors.h',
  'include/linux/mm/foll': 'include/linux/mm_types.h',
  'include/linux/page-flags-bits': 'include/linux/page-flags.h',
  'include/linux/vmstat-items': 'include/linux/mmzone.h',
  'include/trace/trace': 'include/linux/tracepoint.h',
  'include/uapi/asm-generic/errno': 'include/uapi/asm-generic/errno-base.h',
  'include/uapi/asm-generic/mman': 'include/uapi/asm-generic/mman-common.h',
  'init/mm_init': 'mm/mm_init.c',
  'init/start_kernel': 'init/main.c',
  'kernel/locking/lockdep/frame': 'include/linux/mm.h',
  'kernel/rcu/update': 'include/linux/rcupdate.h',
  'kernel/sched/do_exit': 'kernel/exit.c',
  'kernel/sched/might_sleep': 'include/linux/kernel.h',
  'kernel/sched/rq': 'kernel/sched/core.c',
  'kernel/sched/run_tasks': 'kernel/fork.c',
  'kernel/sched/schedule': 'kernel/sched/core.c',
  'kernel/sched/scheduler_tick': 'kernel/sched/core.c',
  'kernel/sched/try_to_wake_up': 'kernel/sched/core.c',
  'kernel/smp/llist': 'lib/llist.c',
  'kernel/time/jiffies': 'kernel/time/jiffies.c',
  'mm/internal/vma_address': 'mm/internal.h',
  'mm/mmu_gather/pte_free_tlb': 'include/asm-generic/tlb.h',
};

/** Directories of Linux in which the port's files are named as Linux's are. */
const DIRECTORY = /^(?:mm|kernel|init|lib|fs|fs\/(?:proc|ramfs)|kernel\/(?:events|locking|sched)|drivers\/block|arch\/x86\/(?:kernel|mm))$/;

/** The file of Linux that a file of the port is of; another file's own name. */
export function linuxFile(path: string): string {
  if (!path.startsWith(PORT)) return path;
  const place = path.slice(PORT.length).replace(/\.ts$/, '');
  if (place in ELSEWHERE) return ELSEWHERE[place]!;
  const header = /^(?:.*\/)?include\/(?:linux(?:\/sched(?=\/))?|asm|asm-generic|trace\/events)\/[^/]+/.exec(place);
  if (header !== null) return `${header[0]}.h`;
  const parts = place.split('/');
  let n = parts.length;
  while (n > 1 && !DIRECTORY.test(parts.slice(0, n - 1).join('/'))) n--;
  return `${parts.slice(0, n).join('/')}.c`;
}

/** Pieces into which the port cuts a function of Linux: their caller's statements are theirs. */
const PIECES = new Set([
  ...['retract_one', 'find_table_of', 'map_value', '__pte_map', 'read_trylock', 'write_trylock', 'queue_on_targets', 'wait_for_targets'],
  ...['call_and_unlock', 'unlock_and_call', 'run_local', 'flush_part_or_all', 'start_remote_flushes', 'stop_remote_flushes'],
  ...['handle_interrupt', 'callFunction', 'callCondition', 'call', 'ret_from_fork'],
]);

export const isPiece = (name: string): boolean => PIECES.has(name);

/** The load of a half that pmdp_get_lockless() makes: the first, the second, or the recheck of the first. */
const LOCKLESS = [
  'pmd.pmd_low = pmdp->pmd_low;',
  'pmd.pmd_high = pmdp->pmd_high;',
  '} while (unlikely(pmd.pmd_low != pmdp->pmd_low));',
] as const;

/**
 * The statement of a function that makes an access itself; null if it is not known.
 * @param word what is accessed, and `again` whether the function has just read its other half
 */
export function statementOf(name: string, word: string, again: boolean): string | null {
  if (name !== 'pmdp_get_lockless') return null;
  return word.includes('_high') ? LOCKLESS[1] : again ? LOCKLESS[2] : LOCKLESS[0];
}
