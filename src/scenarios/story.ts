// SPDX-License-Identifier: GPL-2.0-only
/**
 * The rows that `paelab check` shows when it is asked for nothing: what the requirement is, what each of its parts is for, and who relies
 * on it. Each row says which configuration it is, beyond the defaults, and what it is there to show.
 */
import type { Config } from './scenario.ts';

export interface StoryRow {
  scenario: string;
  config: Config;
  about: string;
  /** Its counterexample is printed. */
  shown?: boolean;
}

const retract = (config: Config, about: string): StoryRow => ({ scenario: 'retract', config, about });

export const story: readonly StoryRow[] = [
  retract({}, 'as in Linux 6.6'),
  { ...retract({ sync: 'absent' }, 'without the sync'), shown: true },
  retract({ sync: 'after-unlock', refault: 'same' }, 'the sync late, the next table from the same CPU'),
  retract({ sync: 'after-unlock', refault: 'other' }, 'the sync late, the next table from another CPU'),
  retract({ sync: 'after-unlock', refault: 'other', via: 'cow' }, 'the same, but the next table waits for the folio lock'),
  retract({ reader: 'active', sync: 'absent' }, "the flush interrupts the reader's CPU"),
  retract({ reader: 'lazy', sync: 'absent' }, 'the flush leaves a lazy CPU out'),
  retract({ irqs: 'on' }, 'a reader with interrupts on cannot be waited for'),
  retract({ highpte: 'n', sync: 'absent' }, 'every page table lies below 4 GiB'),
  retract({ windows: '2', history: 't1', sync: 'absent' }, 'two tables, two windows: no pair is wrong'),
  retract({ windows: '2', history: 't2', sync: 'absent' }, 'a huge mapping in between: two windows are enough'),
  retract({ paravirt: 'n' }, 'PARAVIRT=n: the sync is an empty function'),
  retract({ flush: 'hypercall', reader: 'active', sync: 'absent' }, 'a flush that waits for nobody'),
  retract({ flush: 'hypercall', reader: 'active' }, 'the same, with the sync'),
  retract({ release: '6.5' }, 'the locks that Linux 6.5 took'),
  { scenario: 'retract-mglru', config: {}, about: 'multi-gen LRU walks, with interrupts on' },
  { scenario: 'retract-gup', config: {}, about: 'gup_fast walks, with interrupts off' },
  { scenario: 'retract-user', config: {}, about: 'user code, whose vCPU may remember the pmd' },
  { scenario: 'retract-remote', config: {}, about: "a reader of another process's memory" },
];
