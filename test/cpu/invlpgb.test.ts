// SPDX-License-Identifier: GPL-2.0-only
/** INVLPGB and TLBSYNC, where everything is explored and where one order is run. Time budget: 2 s. */
import { describe, expect, test } from 'vitest';
import { cli } from '../../cpu/interrupts.ts';
import { invlpgb, tlbsync } from '../../cpu/invlpgb.ts';
import { load, mfence, store } from '../../cpu/ops.ts';
import { loadLinear, storeLinear } from '../../cpu/translate.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { READ, USER, WRITE } from '../../mmu/access.ts';
import type { Ptr } from '../../mmu/types.ts';
import { do_user_addr_fault, X86_PF_USER, X86_PF_WRITE } from '../../src/kernel/arch/x86/mm/fault/do_user_addr_fault.ts';
import { switch_mm } from '../../src/kernel/arch/x86/mm/tlb/switch_mm.ts';
import { mm_alloc } from '../../src/kernel/kernel/fork/mm_alloc.ts';
import { vm_mmap_pgoff } from '../../src/kernel/mm/mmap/do_mmap.ts';
import { directMachine } from '../kernel/direct-machine.ts';
import { explore } from '../support/explore.ts';
import { buildTranslation } from '../support/translation-machine.ts';
import { TABLES } from '../support/translation-programs.ts';

const PTE = 8;
const PAGE = 2;
const MAPPED = [0, 0, 10, 20, 30, 40, 50, 60, 0x1067, 0, 0x2067, 0, 0, 0, 0, 0, (TABLES[0]! << 12) | 0x27, 0];

type Body = (c: Vcpu, at: readonly Ptr[]) => Code<unknown>;

/** CPU0 unmaps the first page, CPU1 uses it. @returns what each saw, by class */
function race(unmap: Body, use: Body): string[] {
  const { m, at } = buildTranslation({ init: MAPPED, cpus: [[], []], handlers: [[], []], global: false }, true, true);
  let seen: unknown[] = [];
  m.onReset = () => {
    seen = [];
  };
  const body = (code: Body, i: number) =>
    function* (c: Vcpu): Code {
      seen[i] = yield* code(c, at);
    };
  m.programs = [[body(unmap, 0)], [body(use, 1)]];
  return explore(m, () => seen.join(' ')).states;
}

/** With TLBSYNC or without; then looks twice at the page. */
const unmap = (synced: boolean, pages: number, va = 0): Body =>
  function* (c, at) {
    yield* store(c, at[PTE]!, 0);
    yield* mfence(c);
    yield* invlpgb(c, va, pages);
    if (synced) yield* tlbsync(c);
    const before = yield* load(c, at[PAGE]!);
    return before === (yield* load(c, at[PAGE]!)) ? 'quiet' : 'changed';
  };

const write: Body = function* (c) {
  return (yield* storeLinear(c, 0, 0, 77)) ? 'stored' : 'fault';
};

describe('the page changes behind', () => {
  test('INVLPGB', () => {
    expect(race(unmap(false, 1), write)).toEqual(['changed stored', 'quiet fault', 'quiet stored']);
  });

  test.each([1, 0])('but not behind TLBSYNC: stores by the old translation are over (pages: %i, 0 for all)', (pages) => {
    expect(race(unmap(true, pages), write)).toEqual(['quiet fault', 'quiet stored']);
  });

  test('TLBSYNC where another page was dropped', () => {
    expect(race(unmap(true, 1, 0x1000), write)).toContain('changed stored');
  });
});

test('a CPU with interrupts off is reached too', () => {
  const masked: Body = function* (c, at) {
    yield* cli(c);
    return yield* write(c, at);
  };
  expect(race(unmap(true, 1), masked)).toEqual(['quiet fault', 'quiet stored']);
});

test('a second INVLPGB before the first is over loses neither', () => {
  const twice: Body = function* (c, at) {
    yield* store(c, at[PTE]!, 0);
    yield* mfence(c);
    yield* invlpgb(c, 0, 1);
    yield* invlpgb(c, 0x1000, 1);
    yield* tlbsync(c);
    return yield* load(c, at[PAGE]!);
  };
  const read: Body = (c) => loadLinear(c, 0, 0);
  expect(race(twice, read)).toEqual(['10 0', '10 10']);
});

test.each([1, 0])('where one order is run, all of it happens at once (pages: %i)', (pages) => {
  const { m, run } = directMachine();
  const mm = run((c) => mm_alloc(c));
  run((c) => vm_mmap_pgoff(c, mm, 0 as Ptr, 0x40000000, 0x2000, 3, 0x32, 0));
  run((c) => do_user_addr_fault(c, mm, X86_PF_USER | X86_PF_WRITE, 0x40000000));
  for (const cpu of [0, 1]) run((c) => switch_mm(c, 0 as Ptr, mm), cpu);
  const remembered = (cpu: number): boolean => m.mmus[cpu]!.translate(0x40000000, USER | WRITE | READ) !== 0;
  expect([remembered(0), remembered(1)]).toEqual([true, true]);
  const walks = () => [0, 1].map((cpu) => m.mmus[cpu]!.counters.walks);
  const before = walks();
  remembered(1);
  expect(walks()).toEqual(before);
  run((c) => invlpgb(c, 0x40000000, pages));
  run((c) => tlbsync(c));
  remembered(0);
  remembered(1);
  expect(walks()).toEqual(before.map((n) => n + 1));
  expect(m.counters).toMatchObject({ invlpgb: 1, tlbsync: 1, ipis: 0 });
});
