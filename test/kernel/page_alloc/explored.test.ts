// SPDX-License-Identifier: GPL-2.0-only
/** The page allocator under the explorer: CPUs that allocate share nothing; a freed frame is found by whoever touches it. Budget: 4 s. */
import { describe, expect, test } from 'vitest';
import { Machine } from '../../../cpu/machine.ts';
import { load, peek, poke, store } from '../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { allocObject, createPhysMem } from '../../../mmu/phys-mem.ts';
import type { Ptr } from '../../../mmu/types.ts';
import { GFP_HIGHUSER_MOVABLE, GFP_KERNEL, GFP_TRANSHUGE } from '../../../src/kernel/include/linux/gfp.ts';
import { clear_highpage, copy_highpage } from '../../../src/kernel/include/linux/highmem.ts';
import { page_address } from '../../../src/kernel/include/linux/mm/page.ts';
import { vmstat_init } from '../../../src/kernel/include/linux/vmstat.ts';
import { start_kernel } from '../../../src/kernel/init/start_kernel.ts';
import { alloc_pages } from '../../../src/kernel/mm/page_alloc/__alloc_pages.ts';
import { __free_page } from '../../../src/kernel/mm/page_alloc/__free_pages.ts';
import { mem_init } from '../../../src/kernel/mm/page_alloc/mem_init.ts';
import { at } from '../../../src/kernel/struct.ts';
import { type Explored, explore } from '../../support/explore.ts';

type Program = (c: Vcpu, word: (i: number) => Ptr) => Code;

/** Two CPUs, 4 MiB of lowmem and 8 MiB above 4 GiB, and four words that the programs share. */
function exploring(...programs: Program[]): Explored {
  const mem = createPhysMem(1 << 16, 3 * 1024);
  const m = new Machine({ cpus: 2, callbacks: 0, interrupts: false, mem });
  const k = start_kernel(m, {
    highpte: true,
    paravirt: true,
    flush: 'native',
    sync: 'under-lock',
    release: '6.6',
    tableFrames: [],
    quarantine: true,
  });
  vmstat_init(k);
  mem_init(k, { bytes: 12 << 20, lowmem: 4 << 20 });
  const shared = allocObject(mem, 4);
  m.programs = programs.map((program) => [(c) => program(c, (i) => at(shared, i))]);
  m.boot(() => undefined);
  return explore(m, () => [0, 1, 2, 3].map((i) => mem.words[shared + i]).join(' '));
}

describe('the page allocator, explored', () => {
  test('lets CPUs allocate and free beside each other: one execution', () => {
    function* both(c: Vcpu): Code {
      const page = yield* alloc_pages(c, GFP_HIGHUSER_MOVABLE, 0);
      yield* clear_highpage(c, page);
      const kernel = yield* alloc_pages(c, GFP_KERNEL, 0);
      yield* alloc_pages(c, GFP_TRANSHUGE, 9);
      yield* __free_page(c, page);
      yield* __free_page(c, kernel);
    }
    const { violations, stats } = exploring(both, both);
    expect(violations).toEqual([]);
    expect(stats.executions).toBe(1);
  });

  test('finds the touch of a frame that another CPU has freed', () => {
    const { violations } = exploring(
      function* (c, word) {
        const page = yield* alloc_pages(c, GFP_HIGHUSER_MOVABLE, 0);
        yield* store(c, word(0), page_address(c, page));
        yield* __free_page(c, page);
      },
      function* (c, word) {
        const p = (yield* load(c, word(0))) as Ptr;
        if (p !== 0) yield* load(c, p);
      },
    );
    expect(violations).toContain('freed-frame');
  });

  test('copies a page at one instant: before or after a store to it', () => {
    const { violations, states } = exploring(
      function* (c, word) {
        const from = yield* alloc_pages(c, GFP_HIGHUSER_MOVABLE, 0);
        const to = yield* alloc_pages(c, GFP_HIGHUSER_MOVABLE, 0);
        poke(c, page_address(c, from), 1);
        yield* store(c, word(0), page_address(c, from));
        yield* copy_highpage(c, to, from);
        yield* store(c, word(1), peek(c, page_address(c, to)));
      },
      function* (c, word) {
        const p = (yield* load(c, word(0))) as Ptr;
        if (p !== 0) yield* store(c, p, 2);
      },
    );
    expect(violations).toEqual([]);
    expect(states.map((text) => text.split(' ')[1])).toEqual(['1', '2']);
  });
});
