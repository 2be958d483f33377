// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a real 32-bit PAE kernel did, on the port: cases of every group, level by level; all of them in collapse.long.test.ts. And that each
 * level is really compared. Budget: 15 s.
 */
import { describe, expect, it } from 'vitest';
import type { CollapseRecord } from '../../src/conformance/collapse/record.ts';
import { Machines, runCase } from '../../src/conformance/collapse/run-case.ts';
import { DEFAULTS } from '../../src/workload/world.ts';
import { caseNamed } from './collapse-cases.ts';

const machines = new Machines(DEFAULTS);

const levels = (r: CollapseRecord): string[] => [...new Set(runCase(machines, r).found.map((d) => d.level))];

describe('a recorded case agrees', () => {
  it.each([
    'anon.madvise.max_none_at',
    'anon.madvise.swap_one',
    'anon.khugepaged.single_pte',
    'anon.fault.split_munmap',
    'shmem.madvise.single_pte',
    'shmem.khugepaged.compound_pte_mapped_partly',
    'multi.madvise.shared_2',
    'multi.khugepaged.private_written_one_page',
    'ipi.anon.madvise.spin1_idle2',
    'ipi.anon.khugepaged_cpu3.spin1',
    'tlb.thp.spin2',
    'tlb.lazy_wake',
    'tlb.cow.alone',
    'facts.tlb_one_page_flushes',
  ])('%s', (id) => {
    expect(runCase(machines, caseNamed(id)).found).toEqual([]);
  });
});

/** Each says what becomes of a record, and at which level that must be noticed. */
const changes: [string, string, (r: CollapseRecord) => void][] = [
  ['L1', 'a return value', (r) => (r.ops.find((o) => o.op.startsWith('collapse'))!.ret = -1)],
  ['L1', 'contents', (r) => (r.ops.find((o) => o.op.startsWith('verify'))!.bad = 1)],
  ['L2', 'an outcome', (r) => (r.ops.find((o) => o.status?.length)!.status![0]![1] = 'failed')],
  ['L3', 'a page', (r) => (r.ops.find((o) => o.procs)!.procs![0]!.vmas[0]!.pages[0]![2] = 'none')],
  ['L3', 'a page table', (r) => (r.ops.filter((o) => o.procs).at(-1)!.procs![0]!.dPTE -= 4)],
  ['L4', 'a counter', (r) => (r.ops.find((o) => o.vmstat?.thp_collapse_alloc)!.vmstat!.thp_collapse_alloc = 2)],
  ['L5', 'an interrupt', (r) => (r.windows[0]!.irq = {})],
  ['L5', 'a flush', (r) => (r.windows[0]!.trace['P0@0'] = r.windows[0]!.trace['P0@0']!.filter((l) => !String(l).startsWith('probe')))],
];

describe('a change is noticed', () => {
  it.each(changes)('at %s: %s', (level, _, change) => {
    const r = caseNamed('ipi.anon.madvise.spin1');
    change(r);
    expect(levels(r)).toEqual([level]);
  });
});
