// SPDX-License-Identifier: GPL-2.0-only
/**
 * Accesses by linear address on the exploring machine: findings that only stale translations give, what the flush that is missing there changes, and
 * what the machine refuses. That the sets of final states are right is the litmus suite's and test/engines/explore/translation's.
 * Time budget: 3 s.
 */
import { describe, expect, test } from 'vitest';
import { sendIpi } from '../../cpu/interrupts.ts';
import type { Machine } from '../../cpu/machine.ts';
import { fillRange, load, mfence, store, waitLoad } from '../../cpu/ops.ts';
import { invlpg, loadLinear, readCr3, storeLinear, writeCr3 } from '../../cpu/translate.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { NO_FAULT } from '../../mmu/fault.ts';
import { FREED, setFrame } from '../../mmu/frames.ts';
import { slotOf, slotOfWord } from '../../mmu/phys-mem.ts';
import { NULL, type Pfn, type Ptr } from '../../mmu/types.ts';
import { explore, small } from '../support/explore.ts';
import { buildTranslation, PDPT } from '../support/translation-machine.ts';
import { FRAMES, PDE, TABLES } from '../support/translation-programs.ts';

const FULL = 0x67;
const T0 = 8;
const CR3 = PDPT << 12;
const pde = (table: number): number => (TABLES[table]! << 12) | 0x27;
const MAPPED = [0, 0, 10, 20, 30, 40, 50, 60, 0x1000 | FULL, 0, 0x2000 | FULL, 0, 0, 0, 0, 0, pde(0), 0];

interface World {
  m: Machine;
  at: readonly Ptr[];
}

/** @param walkers any vCPU may walk; else none */
function world(cpus: number, interrupts = false, walkers = true): World {
  const handlers = interrupts ? Array.from({ length: cpus }, () => []) : null;
  return buildTranslation({ init: MAPPED, cpus: Array.from({ length: cpus }, () => []), handlers, global: false }, walkers);
}

/** Gives a frame back, as the kernel does. */
function* free(c: Vcpu, frame: Ptr): Code {
  yield* fillRange(c, frame, 0x6b6b6b6a);
  setFrame(c.m.mem, slotOfWord(c.m.mem, frame), FREED, NULL, 0);
}

const frameOf = (w: World, p: Ptr): Ptr => (w.m.mem.frameBase + slotOfWord(w.m.mem, p) * 1024) as Ptr;

describe('a frame that is given back', () => {
  /** CPU0 unmaps the page and frees it; CPU1 reads it all the while. */
  function unmap(flush: boolean): string[] {
    const w = world(2, true);
    const { m, at } = w;
    m.handler = function* (c) {
      yield* invlpg(c, 0);
      yield* store(c, at[1]!, 1);
    };
    m.programs = [
      [
        function* (c) {
          yield* store(c, at[T0]!, 0);
          yield* mfence(c);
          if (flush) {
            yield* sendIpi(c, 1, 0);
            yield* waitLoad(c, at[1]!, -1, 1);
          }
          yield* free(c, frameOf(w, at[2]!));
        },
      ],
      [
        function* (c) {
          yield* loadLinear(c, 0, 0);
          yield* loadLinear(c, 0, 0);
        },
      ],
    ];
    return explore(m).summaries;
  }

  test('is reached by a stale translation', () => {
    expect(unmap(false)).toEqual(['touch of frame 0x000001, which is freed']);
  });

  test('is not with the flush before', () => {
    expect(unmap(true)).toEqual([]);
  });
});

describe('a page table that is given back', () => {
  /** CPU0 takes the table away and frees it; CPU1 reads through it all the while. */
  function retract(flush: boolean): string[] {
    const w = world(2, true);
    const { m, at } = w;
    m.handler = function* (c) {
      yield* invlpg(c, 0x1000); // of another page: the paging-structure caches go with it, the translations of the page do no harm
      yield* store(c, at[1]!, 1);
    };
    m.programs = [
      [
        function* (c) {
          yield* store(c, at[PDE]!, pde(1));
          yield* mfence(c);
          if (flush) {
            yield* sendIpi(c, 1, 0);
            yield* waitLoad(c, at[1]!, -1, 1);
          }
          yield* free(c, frameOf(w, at[T0]!));
        },
      ],
      [
        function* (c) {
          yield* loadLinear(c, 0, 0);
        },
      ],
    ];
    return explore(m).summaries;
  }

  test('is walked through a stale PDE', () => {
    expect(retract(false)).toEqual([`the page walker of CPU1 reads frame 0x${TABLES[0]!.toString(16)} as a page table: it is freed`]);
  });

  test('is not with the flush before', () => {
    expect(retract(true)).toEqual([]);
  });
});

/** Final results of a program of one CPU, as texts. */
function results(code: (c: Vcpu, at: readonly Ptr[]) => Code<unknown>): { states: string[]; violations: string[] } {
  const { m, at } = world(1);
  let result = '';
  m.programs = [
    [
      function* (c) {
        result = '';
        result = String(yield* code(c, at));
      },
    ],
  ];
  const { states, summaries } = explore(m, () => result);
  return { states, violations: summaries };
}

describe('one access', () => {
  test('reads and writes the aligned word at the address', () => {
    const found = results(function* (c, at) {
      const stored = yield* storeLinear(c, 4, 0, 7);
      return [stored, yield* loadLinear(c, 4, 0), yield* loadLinear(c, 0, 0), yield* load(c, (at[2]! + 1) as Ptr), c.fault === NO_FAULT];
    });
    expect(found).toEqual({ states: ['true,7,10,7,true'], violations: [] });
  });

  test('that faults leaves its error code, and stores nothing', () => {
    const found = results(function* (c, at) {
      const stored = yield* storeLinear(c, 0x2000, 0, 7);
      return [stored, c.fault, yield* loadLinear(c, 0x4000_0000, 0), c.fault, yield* load(c, at[2]!)];
    });
    expect(found).toEqual({ states: ['false,2,0,0,10'], violations: [] });
  });

  test('where no memory is is a finding', () => {
    const found = results(function* (c, at) {
      yield* store(c, at[T0]!, 0x0666_6000 | FULL);
      yield* invlpg(c, 0);
      yield* loadLinear(c, 0, 0);
    });
    expect(found.violations).toEqual(['a translation of 0x0 leads to frame 0x6666, where no memory is']);
  });

  test('through a PDE that leads to no table is a finding', () => {
    for (const [pfn, is] of [
      [FRAMES[0]!, 'anonymous page'],
      [0x6666, 'no memory'],
    ] as const) {
      const found = results(function* (c, at) {
        yield* store(c, at[PDE]!, (pfn << 12) | 0x27);
        yield* invlpg(c, 0);
        yield* loadLinear(c, 0, 0);
      });
      expect(found.violations).toEqual([`the page walker of CPU0 reads frame 0x${pfn.toString(16)} as a page table: it is ${is}`]);
    }
  });

  test('of a handler is refused', () => {
    const { m } = world(2, true);
    m.handler = function* (c) {
      yield* loadLinear(c, 0, 0);
    };
    m.programs = [
      [
        function* (c) {
          yield* sendIpi(c, 1, 0);
        },
      ],
      [],
    ];
    expect(() => explore(m)).toThrow('only programs may');
  });
});

describe('MOV CR3', () => {
  test('tells what it wrote, and loads the PDPTEs', () => {
    const found = results(function* (c, at) {
      const before = readCr3(c);
      const pdpt = (c.m.mem.frameBase + slotOf(c.m.mem, PDPT as Pfn) * 1024) as Ptr;
      yield* store(c, pdpt, 0);
      const [stale] = [yield* loadLinear(c, 0, 0)];
      yield* writeCr3(c, CR3);
      yield* loadLinear(c, 0, 0);
      return [before === CR3, readCr3(c) === CR3, stale, c.fault, at.length];
    });
    expect(found).toEqual({ states: ['true,true,10,0,18'], violations: [] });
  });

  test('with a reserved bit in a PDPTE is a finding', () => {
    const found = results(function* (c) {
      yield* store(c, (c.m.mem.frameBase + slotOf(c.m.mem, PDPT as Pfn) * 1024) as Ptr, 3);
      yield* writeCr3(c, CR3);
    });
    expect(found.violations).toEqual(['#GP(0): a PDPTE that MOV CR3 loads has a reserved bit set']);
  });

  test('and INVLPG are no transitions where nothing is translated', () => {
    const { m, at } = small({ cpus: 1 });
    m.programs = [
      [
        function* (c) {
          yield* invlpg(c, 0);
          yield* writeCr3(c, CR3);
          yield* load(c, at[0]!);
          expect(readCr3(c)).toBe(0);
        },
      ],
    ];
    expect(explore(m).stats).toMatchObject({ executions: 1, transitions: 1 });
    expect(m.counters).toMatchObject({ invlpg: 1, cr3Writes: 1 });
  });
});

describe('a store to an entry', () => {
  test('is a transition when it enters the buffer, and one when it drains; elsewhere it is one', () => {
    const { m, at } = world(1);
    const lengths: number[] = [];
    for (const w of [0, T0]) {
      m.programs = [
        [
          function* (c) {
            yield* store(c, at[w]!, 1);
          },
        ],
      ];
      lengths.push(explore(m).stats.transitions);
    }
    expect(lengths).toEqual([1, 2]);
  });
});

describe('a vCPU that never walks', () => {
  test('waits at INVLPG for its buffer, which is no transition', () => {
    const { m, at } = world(2, false, false);
    const read = [0, 0];
    m.programs = [0, 1].map((i) => [
      function* (c) {
        yield* store(c, at[i]!, 7);
        yield* invlpg(c, 0);
        read[i] = yield* load(c, at[1 - i]!);
      },
    ]);
    const { states, stats } = explore(m, () => read.join());
    expect(states).toEqual(['0,7', '7,0', '7,7']);
    expect(stats.deepest).toBe(4);
  });

  test('stores to an entry in one transition', () => {
    const { m, at } = world(1, false, false);
    m.programs = [
      [
        function* (c) {
          yield* store(c, at[T0]!, 1);
        },
      ],
    ];
    expect(explore(m).stats.transitions).toBe(1);
  });

  test('may not make an access by linear address', () => {
    const { m } = world(1, false, false);
    m.programs = [
      [
        function* (c) {
          yield* loadLinear(c, 0, 0);
        },
      ],
    ];
    expect(() => explore(m)).toThrow('CPU0 makes an access by linear address: the machine says that it does not');
  });
});
