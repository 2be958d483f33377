// SPDX-License-Identifier: GPL-2.0-only
/** Values of entries: frames and protections in, the same out; swap entries there and back. Budget: 2 s. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Vcpu } from '../../../cpu/vcpu.ts';
import type { Pfn } from '../../../mmu/types.ts';
import { pfn_pte, pmd_mkinvalid, pmd_modify, pte_modify } from '../../../src/kernel/arch/x86/include/asm/pgtable/mk_pte.ts';
import {
  pmd_none,
  pmd_pfn,
  pmd_present,
  pmd_trans_huge,
  pte_none,
  pte_pfn,
  pte_present,
  pte_write,
} from '../../../src/kernel/arch/x86/include/asm/pgtable.ts';
import {
  _PAGE_ACCESSED,
  _PAGE_DIRTY,
  _PAGE_PSE,
  PAGE_NONE,
  PAGE_READONLY,
  PAGE_SHARED,
} from '../../../src/kernel/arch/x86/include/asm/pgtable_types.ts';
import { vm_get_page_prot } from '../../../src/kernel/arch/x86/mm/pgprot/vm_get_page_prot.ts';
import { changesOf } from '../../../src/kernel/changes.ts';
import {
  is_swap_pte,
  MAX_SWAPFILES,
  pte_to_swp_entry,
  swp_entry,
  swp_entry_to_pte,
  swp_offset,
  swp_type,
} from '../../../src/kernel/include/linux/swapops.ts';

const c = { hi: 0 } as Vcpu;
const pfns = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((n) => n as Pfn);
const prots = fc.constantFrom(PAGE_NONE, PAGE_READONLY, PAGE_SHARED);
const highs = fc.constantFrom(0, 0x80000000);

describe('entries', () => {
  test('hold their frame, inverted if they are not present', () => {
    fc.assert(
      fc.property(pfns, prots, highs, (pfn, prot, nx) => {
        const lo = pfn_pte(c, pfn, prot, nx);
        expect(pte_pfn(lo, c.hi)).toBe(pfn);
        expect(pte_present(lo)).toBe(true);
        expect(c.hi >>> 31).toBe(nx >>> 31);
        if (prot === PAGE_NONE) expect((lo >>> 12) & 0xfffff).toBe(~pfn & 0xfffff);
      }),
      { seed: 1 },
    );
  });

  test('change their protection and keep frame, A and D', () => {
    fc.assert(
      fc.property(pfns, prots, prots, fc.constantFrom(0, _PAGE_DIRTY), (pfn, from, to, dirty) => {
        const lo = pfn_pte(c, pfn, from | dirty, 0);
        const changed = pte_modify(c, lo, c.hi, to, 0x80000000);
        expect(pte_pfn(changed, c.hi)).toBe(pfn);
        expect(changed & (_PAGE_DIRTY | _PAGE_ACCESSED)).toBe(dirty | _PAGE_ACCESSED);
        expect(pte_write(changed)).toBe(to === PAGE_SHARED);
        expect(c.hi >>> 31).toBe(1);
      }),
      { seed: 1 },
    );
  });

  test('an invalid huge pmd is there, huge, and of the same frame', () => {
    fc.assert(
      fc.property(pfns, (pfn) => {
        const lo = pfn_pte(c, (pfn & ~511) as Pfn, PAGE_SHARED | _PAGE_PSE | _PAGE_DIRTY, 0);
        const invalid = pmd_mkinvalid(c, lo, c.hi);
        expect(invalid & 1).toBe(0);
        expect(pmd_none(invalid) || !pmd_present(invalid) || !pmd_trans_huge(invalid)).toBe(false);
        expect(pmd_pfn(invalid, c.hi) >>> 0).toBe((pfn & ~511) >>> 0);
      }),
      { seed: 1 },
    );
  });

  test.each([
    ['6.1', true],
    ['6.5', true],
    ['6.6', false],
  ] as const)('of huge pages keep D with their protection changed, but in 6.6: %s', (release, kept) => {
    const of = { hi: 0, m: { os: { changes: changesOf(release) } } } as unknown as Vcpu;
    const lo = pfn_pte(of, 0x123400 as Pfn, PAGE_SHARED | _PAGE_PSE | _PAGE_DIRTY, 0);
    expect((pmd_modify(of, lo, of.hi, PAGE_READONLY, 0) & _PAGE_DIRTY) !== 0).toBe(kept);
  });

  test('carry swap entries there and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_SWAPFILES + 4 }), fc.integer({ min: 0, max: 2 ** 27 - 1 }), (type, offset) => {
        const lo = swp_entry_to_pte(c, swp_entry(type, offset));
        expect(lo & 0x1ff).toBe(0);
        expect(pte_none(lo, c.hi)).toBe(false);
        expect(is_swap_pte(lo, c.hi)).toBe(true);
        const back = pte_to_swp_entry(lo, c.hi);
        expect([swp_type(back), swp_offset(back)]).toEqual([type, offset]);
      }),
      { seed: 1 },
    );
  });

  test('get the protection of their VMA: private ones are never writable at first', () => {
    const of = (flags: number): [number, boolean] => [vm_get_page_prot(c, flags), c.hi !== 0];
    expect(of(0)).toEqual([PAGE_NONE, false]);
    expect(of(1)).toEqual([PAGE_READONLY, true]);
    expect(of(3)).toEqual([PAGE_READONLY, true]);
    expect(of(3 | 8)).toEqual([PAGE_SHARED, true]);
    expect(of(7 | 8)).toEqual([PAGE_SHARED, false]);
    expect(of(4)).toEqual([PAGE_READONLY, false]);
  });
});
