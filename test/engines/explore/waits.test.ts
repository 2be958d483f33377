// SPDX-License-Identifier: GPL-2.0-only
/**
 * Waits: what has to be tried so that no class is lost in which a wait was satisfied earlier than in the execution at hand.
 * The programs are the smallest on which leaving a step out shows.
 * Time budget: 1 s.
 */
import { expect, test } from 'vitest';
import { agrees, compareClasses, compareStates } from '../../support/agreement.ts';
import { explore } from '../../support/explore.ts';
import { buildMachine, type Op, type Program } from '../../support/programs.ts';

const st = (w: number, v: number): Op => ({ op: 'store', w, v });
const ld = (w: number, r: number): Op => ({ op: 'load', w, r });
const wait = (w: number, v: number): Op => ({ op: 'await', w, mask: -1, v, r: 0 });
const reader: Op = { op: 'acquire', w: 0, mask: 1, v: 0, d: 2, quiet: true };
const add: Op = { op: 'update', w: 0, fn: 'add', v: 1 };

const PROGRAMS: Record<string, Program> = {
  'any earlier write may have satisfied it, not only the last': {
    cpus: [
      [wait(1, 1), wait(0, 0)],
      [st(0, 0), st(0, 1)],
      [st(1, 1), st(0, 2)],
    ],
    handlers: null,
  },
  'one that waits for ever may have been satisfied before': {
    cpus: [
      [st(1, 2), wait(0, 0)],
      [st(0, 2), { op: 'fence' }, wait(1, 0)],
    ],
    handlers: null,
  },
  'several writes that commute may have to come behind it together': {
    cpus: [[reader], [{ op: 'xchg64', p: 0, r: 0, lo: 2, hi: 0 }, reader], [{ op: 'acquire', w: 0, mask: -1, v: 2, d: 1, quiet: false }]],
    handlers: null,
  },
  'any number of additions may come before it': {
    cpus: [
      [add, add],
      [add, add],
      [wait(0, 2), ld(0, 1)],
    ],
    handlers: null,
  },
  'it may have been satisfied instead of an interrupt': {
    cpus: [
      [wait(0, 0)],
      [
        { op: 'xchg', w: 0, r: 0, v: 2 },
        { op: 'ipi', to: 0, vector: 0 },
      ],
    ],
    handlers: [[], []],
  },
};

test.each(Object.keys(PROGRAMS))('%s', (name) => {
  const program = PROGRAMS[name]!;
  expect(compareStates(program)).toMatchObject({ missing: [], extra: [], redundant: 0 });
  const commutes = program.cpus.flat().some((o) => o.op === 'update' || (o.op === 'acquire' && o.quiet));
  if (!commutes && program.handlers === null) expect(agrees(compareClasses(program))).toBe(true);
});

test('waits that commute cost one execution', () => {
  const { m } = buildMachine({ cpus: [[reader], [reader], [reader]], handlers: null });
  expect(explore(m).stats).toMatchObject({ executions: 1, blocked: 0 });
});
