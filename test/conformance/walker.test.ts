// SPDX-License-Identifier: GPL-2.0-only
/**
 * The MMU against page-walk vectors: half of them, of either width and kind; the others in walker.long.test.ts.
 * Time budget: 20 s.
 */
import { expect, test } from 'vitest';
import { walkerKind } from '../../src/conformance/walker/kind.ts';
import { expectAgreement } from './walker-files.ts';

test.each([
  ['agreed-36', 25573],
  ['disputed-40', 14320],
  ['tlb-36', 492],
  ['tlb-40', 524],
])('%s: all %i agree', expectAgreement);

const vector = (mem: unknown[], r: object) =>
  walkerKind().parse(
    JSON.stringify({ id: 1, g: 'own', M: 52, cr3: '0x0', ctl: '', op: 'read', w: 4, va: '0x0', mem, r, post: {} }),
    'own:1',
  );

test('an access beyond the memory is told as such', () => {
  const beyond = vector([['pdpte', '0x0', '0x100000001000']], { k: 'ok', pa: '0x1' }).run();
  expect(beyond!.actual).toMatchObject({ r: { k: 'pf' } });
  const present = vector([['pdpte', '0x0', '0x100000001001']], { k: 'ok', pa: '0x1' }).run();
  expect(present!.actual).toEqual({ step: 0, r: { k: 'no-memory' }, post: {} });
  expect(present!.text()).toContain('paelab: out of the memory, which ends at 2^44');
});

test('a vector may touch as many frames as it likes', () => {
  const many = Array.from({ length: 1000 }, (_, i) => [`e${i}`, `0x${(i * 4096).toString(16)}`, '0x0']);
  expect(vector(many, { k: 'pf', ec: 0, cr2: '0x0' }).run()).toBeNull();
});
