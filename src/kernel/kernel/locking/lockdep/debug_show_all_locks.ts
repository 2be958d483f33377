// SPDX-License-Identifier: GPL-2.0-only
/**
 * Who holds what, when somebody waits for ever.
 *
 * Linux v6.6: kernel/locking/lockdep.c, debug_show_all_locks(). Left out: stack traces.
 */
import type { Kernel } from '../../../kernel.ts';
import { contextOfHolder } from './lockdep.ts';

/** @returns for each context that holds locks a line: "CPU1 holds zone Normal.lock, ptl(0x12345)" */
export function debug_show_all_locks(k: Kernel): string[] {
  const { m, lockdep } = k;
  const lines: string[] = [];
  for (const [key, locks] of lockdep.held) {
    const names: string[] = [];
    for (const { lock } of locks) names.push(m.nameOf(lock));
    if (names.length > 0) lines.push(`${m.contextName(m.contexts[contextOfHolder(key)]!)} holds ${names.join(', ')}`);
  }
  return lines;
}
