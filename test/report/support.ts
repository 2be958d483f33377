// SPDX-License-Identifier: GPL-2.0-only
/** Small scenarios of one object with locks and words, for reports: what each CPU does, and the report of the easiest counterexample. */
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import { type Cell, makeCell } from '../../src/check/cell.ts';
import { checkCell } from '../../src/check/check.ts';
import { type Report, reportOf } from '../../src/check/report.ts';
import { rw_semaphore } from '../../src/kernel/include/linux/mm_types.ts';
import { newObject } from '../../src/kernel/kernel.ts';
import { at, struct } from '../../src/kernel/struct.ts';
import { type Scenario, scenario } from '../../src/scenarios/scenario.ts';

const play = struct('play', { a: 1, b: 1, x: 1, y: 1, z: 1, sem: rw_semaphore.$words });

export interface Play {
  a: Ptr;
  b: Ptr;
  x: Ptr;
  y: Ptr;
  z: Ptr;
  sem: Ptr;
}

export type Program = (c: Vcpu, w: Play) => Code;

/** One program for each CPU, task0, task1, ... */
export function cellOf(programs: readonly Program[], more: Partial<Scenario<Play>> = {}): Cell {
  const s = scenario<Play>({
    name: 'play',
    about: 'an object to play with',
    axes: {},
    bounds: ['one object'],
    machine: () => ({ cpus: programs.length, callbacks: 0 }),
    setup(_, k) {
      const o = newObject(k, play, 'play');
      const p = (field: number): Ptr => at(o, field);
      return { a: p(play.a), b: p(play.b), x: p(play.x), y: p(play.y), z: p(play.z), sem: p(play.sem) };
    },
    programs: (w) => programs.map((run, cpu) => ({ cpu, comm: `task${cpu}`, run: (c) => run(c, w) })),
    ...more,
  });
  return makeCell(s as Scenario, {}, []);
}

export function reportOfCell(cell: Cell, firstOnly = false): Report {
  const x = checkCell(cell, { firstOnly }).counterexample!;
  return reportOf(cell, x.start, x.picks);
}

export const report = (...programs: Program[]): Report => reportOfCell(cellOf(programs));
