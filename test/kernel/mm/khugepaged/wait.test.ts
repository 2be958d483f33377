// SPDX-License-Identifier: GPL-2.0-only
/** khugepaged is not left asleep, in any order of events. Time budget: 10 s. */
import { expect, test } from 'vitest';
import { store } from '../../../../cpu/ops.ts';
import { init_jiffies } from '../../../../src/kernel/kernel/time/jiffies.ts';
import { init_transparent_hugepage } from '../../../../src/kernel/mm/huge_memory/transparent_hugepage_flags.ts';
import { init_khugepaged, khugepaged_state, khugepaged_var } from '../../../../src/kernel/mm/khugepaged/khugepaged_scan.ts';
import { khugepaged_wait_work, wake_up_khugepaged } from '../../../../src/kernel/mm/khugepaged/khugepaged_wait.ts';
import { benchOfTasks, exploreBench } from '../../support.ts';

test('a wake-up that comes while it goes to sleep is not lost', () => {
  const b = benchOfTasks(
    {
      interrupts: true,
      setup: ({ k }) => {
        init_jiffies(k);
        init_transparent_hugepage(k);
        init_khugepaged(k);
      },
    },
    ({ x }) => [
      [
        function* (c) {
          yield* khugepaged_wait_work(c);
          yield* store(c, x, 1);
        },
      ],
      [
        function* (c) {
          yield* store(c, khugepaged_var(c, khugepaged_state.should_stop), 1);
          yield* wake_up_khugepaged(c);
        },
      ],
    ],
  );
  const found = exploreBench(b);
  expect(found).toMatchObject({ violations: [] });
  expect(found.states).toEqual(['1 0 0']);
});
