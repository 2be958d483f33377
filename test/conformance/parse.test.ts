// SPDX-License-Identifier: GPL-2.0-only
/**
 * Lines of page-walk vectors: what they say is what is run, and of a bad one the message names file, line and field.
 * Time budget: 1 s.
 */
import { describe, expect, test } from 'vitest';
import { CR0_PE, CR0_PG, CR0_WP, CR4_PAE, CR4_SMAP, EFER_NXE } from '../../mmu/control.ts';
import { hexOfPair } from '../../src/conformance/field.ts';
import { parseRecord } from '../../src/conformance/walker/parse.ts';
import { UsageError } from '../../src/usage-error.ts';

const SINGLE = {
  id: 7,
  g: 'ad',
  M: 40,
  cr3: '0x403850',
  ctl: 'WP SMAP NXE AC USER',
  op: 'write',
  w: 4,
  va: '0x9d00ceac',
  mem: [
    ['pdpte', '0x403850', '0x1234e8001'],
    ['pde', '0x1234e8740', '0x80000000041c9169'],
  ],
  r: { k: 'pf', ec: 7, cr2: '0x9d00ceac' },
  post: { pde: '0x80000000041c9149' },
  free: { pde: '0x20', cr2: '0xfff' },
};
const STEP = {
  mem: [['0xa001c128', '0x7fe39007']],
  act: 'movcr3',
  ctl: '',
  op: 'fetch',
  va: '0x1000',
  r: { k: 'ok', pa: '0x2000' },
  post: {},
};
const SCRIPT = { id: 8, g: 'tlb', name: 'some', M: 36, cr3: '0x40f5c0', steps: [STEP, { ...STEP, act: 'wp', op: null, r: { k: 'none' } }] };

const parse = (value: unknown) => parseRecord(JSON.stringify(value), 'a.jsonl:3');

test('a single access is a script of one step', () => {
  const { steps, ...record } = parse({ ...SINGLE, why: 'qemu-no-gp', by: 'bochs' });
  const about = { id: '7', group: 'ad', name: null, maxphyaddr: 40, cr3: 0x403850, why: 'qemu-no-gp', by: 'bochs' };
  expect(record).toEqual({ place: 'a.jsonl:3', ...about });
  expect(steps).toHaveLength(1);
  const { entries, ...step } = steps[0]!;
  expect(step).toEqual({
    mode: { cr0: CR0_PE | CR0_PG | CR0_WP, cr4: CR4_PAE | CR4_SMAP, efer: EFER_NXE, ac: true, user: true },
    act: 'movcr3',
    va: 0x9d00ceac,
    op: 'write',
    width: 4,
    expected: { k: 'pf', ec: 7, cr2: 0x9d00ceac },
    freeCr2: 0xfff,
    loose: false,
  });
  const texts = entries.map((e) => [e.name, e.address, ...[e.value, e.after, e.free].map(hexOfPair)]);
  expect(texts).toEqual([
    ['pdpte', 0x403850, '0x1234e8001', '0x1234e8001', '0x0'],
    ['pde', 0x1234e8740, '0x80000000041c9169', '0x80000000041c9149', '0x20'],
  ]);
});

test('a script', () => {
  const { steps, name } = parse({ ...SCRIPT, steps: [STEP, { ...SCRIPT.steps[1], loose: true }] });
  expect(name).toBe('some');
  expect(steps.map((s) => [s.act, s.op, s.width, s.expected.k, s.loose])).toEqual([
    ['movcr3', 'fetch', 7, 'ok', false],
    ['wp', null, 0, 'none', true],
  ]);
  expect(steps[0]!.entries[0]!.name).toBe('0xa001c128');
});

describe('a bad line', () => {
  const without = (name: string) => Object.fromEntries(Object.entries(SINGLE).filter(([key]) => key !== name));
  const second = (change: object) => ({ ...SCRIPT, steps: [STEP, { ...STEP, ...change }] });

  test.each<[string, unknown]>([
    ['id: missing', without('id')],
    ['cr3: missing', without('cr3')],
    ['M: 35 is not an integer from 36 to 52', { ...SINGLE, M: 35 }],
    ['M: "36" is not an integer from 36 to 52', { ...SINGLE, M: '36' }],
    ['cr3: "0x100000000" is more than 32 bits', { ...SINGLE, cr3: '0x100000000' }],
    ['cr3: "403850" is not a hexadecimal number such as "0x12ab"', { ...SINGLE, cr3: '403850' }],
    ["ctl: 'PGEE' is not one of WP, SMEP, SMAP, PGE, PSE, NXE, AC, USER", { ...SINGLE, ctl: 'WP PGEE' }],
    ['op: "push" is not one of read, write, fetch, xadd, cmpxchg, add, ldtr, ldtw', { ...SINGLE, op: 'push' }],
    ['w: 3 is not one of 1, 4, 8', { ...SINGLE, w: 3 }],
    ['w: missing', without('w')],
    ['mem: {} is not a list', { ...SINGLE, mem: {} }],
    ['mem[0]: 2 parts, not 3', { ...SINGLE, mem: [['pde', '0x1000']] }],
    ['mem[0][0]: 1 is not a string', { ...SINGLE, mem: [[1, '0x1000', '0x0']] }],
    ['mem[0][1]: not aligned to 8 bytes', { ...SINGLE, mem: [['pde', '0x1004', '0x0']] }],
    ['mem[0][1]: "0x100000000000" is more than 44 bits', { ...SINGLE, mem: [['pde', '0x100000000000', '0x0']] }],
    ['mem[0][2]: "0x10000000000000000" is more than 64 bits', { ...SINGLE, mem: [['pde', '0x1000', '0x10000000000000000']] }],
    ['post.pte: no such entry in mem', { ...SINGLE, post: { pte: '0x1' } }],
    ['post: missing', without('post')],
    ['free.pte: no such entry in mem', { ...SINGLE, free: { pte: '0x1' } }],
    ['post.cr2: no such entry in mem', { ...SINGLE, post: { cr2: '0x1' } }],
    ['r: missing', without('r')],
    ['r.k: "fine" is not one of ok, pf, gpcr, none', { ...SINGLE, r: { k: 'fine' } }],
    ['r.ec: 32 is not an integer from 0 to 31', { ...SINGLE, r: { k: 'pf', ec: 32, cr2: '0x0' } }],
    ["r: 'none' with an access", { ...SINGLE, r: { k: 'none' } }],
    ["steps[1].r: 'ok' without an access", second({ op: null })],
    ['steps[1].act: "wrmsr" is not one of movcr3, invlpg, none, pge, pse, smep, smap, wp, cd', second({ act: 'wrmsr' })],
    ['steps[1].loose: 1 is neither true nor false', second({ loose: 1 })],
    ['steps: the first step must be one with act movcr3', { ...SCRIPT, steps: [] }],
    ['not a JSON object', [1]],
  ])('%s', (message, value) => {
    expect(() => parse(value)).toThrow(new UsageError(`a.jsonl:3: ${message}`));
  });

  test('that is no JSON', () => {
    expect(() => parseRecord('{"id":', 'a.jsonl:3')).toThrow(/^a\.jsonl:3: not JSON: /);
  });
});
