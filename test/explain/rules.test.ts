// SPDX-License-Identifier: GPL-2.0-only
/**
 * The rules about rights say yes and no where the MMU does, and name the bits that decide: whoever changes a named bit changes the answer.
 * Time budget: 1 s.
 */
import { describe, expect, test } from 'vitest';
import { FETCH, IMPLICIT, READ, USER, WRITE } from '../../mmu/access.ts';
import { CR0_WP, CR4_SMAP, CR4_SMEP, EFER_NXE } from '../../mmu/control.ts';
import { bothRights, type Mode, permits } from '../../mmu/rights.ts';
import { type LevelRights, rulesFor } from '../../src/explain/rules.ts';

const ACCESSES = [READ, WRITE, FETCH, IMPLICIT, IMPLICIT | WRITE, USER, USER | WRITE, USER | FETCH];

const MODES: Mode[] = Array.from({ length: 32 }, (_, i) => ({
  cr0: i & 1 ? CR0_WP : 0,
  cr4: (i & 2 ? CR4_SMEP : 0) | (i & 4 ? CR4_SMAP : 0),
  efer: i & 8 ? EFER_NXE : 0,
  ac: (i & 16) !== 0,
}));

const OF_ONE: LevelRights[][] = Array.from({ length: 8 }, (_, rights) => [{ level: 'PDE', rights }]);
const OF_TWO: LevelRights[][] = OF_ONE.flatMap(([pde]) => OF_ONE.map(([pte]) => [pde!, { level: 'PTE', rights: pte!.rights }]));

/** The mode with a bit changed that a rule names, by its name. */
const CHANGED: Record<string, (m: Mode) => Mode> = {
  'CR0.WP=': (m) => ({ ...m, cr0: m.cr0 ^ CR0_WP }),
  'CR4.SMEP=': (m) => ({ ...m, cr4: m.cr4 ^ CR4_SMEP }),
  'CR4.SMAP=': (m) => ({ ...m, cr4: m.cr4 ^ CR4_SMAP }),
  'IA32_EFER.NXE=': (m) => ({ ...m, efer: m.efer ^ EFER_NXE }),
  'EFLAGS.AC=': (m) => ({ ...m, ac: !m.ac }),
};

const RIGHTS: Record<string, number> = { 'R/W': 1, 'U/S': 2, XD: 4 };

/** Everything that a check says is wrong, over all accesses, rights and modes. */
function wrong(check: (access: number, levels: LevelRights[], mode: Mode) => string[]): string[] {
  return ACCESSES.flatMap((access) => [...OF_ONE, ...OF_TWO].flatMap((levels) => MODES.flatMap((mode) => check(access, levels, mode))));
}

describe('the rules', () => {
  test('allow together what the MMU permits', () => {
    const differing = wrong((access, levels, mode) => {
      const rights = levels.map((l) => l.rights).reduce(bothRights);
      const rules = rulesFor(access, levels, mode);
      return rules.every((r) => r.allows) === permits(access, rights, mode) ? [] : [rules.map((r) => r.why).join()];
    });
    expect(differing).toEqual([]);
  });

  test('that refuse name bits of registers without which they would not', () => {
    const named = new Set<string>();
    const idle = wrong((access, levels, mode) =>
      rulesFor(access, levels, mode).flatMap((rule, i) => {
        if (rule.allows) return [];
        const changes = Object.entries(CHANGED).filter(([name]) => rule.why.includes(name));
        for (const [name] of changes) named.add(name);
        return changes.every(([, change]) => rulesFor(access, levels, change(mode))[i]!.allows) ? [] : [rule.why];
      }),
    );
    expect(idle).toEqual([]);
    expect([...named].sort()).toEqual(Object.keys(CHANGED).sort());
  });

  test('name the value that a bit of the mode has', () => {
    const values = ({ cr0, cr4, efer, ac }: Mode) => ({
      'CR0.WP': cr0 !== 0,
      'CR4.SMEP': (cr4 & CR4_SMEP) !== 0,
      'CR4.SMAP': (cr4 & CR4_SMAP) !== 0,
      'IA32_EFER.NXE': efer !== 0,
      'EFLAGS.AC': ac,
    });
    const untrue = wrong((access, levels, mode) => {
      const text = rulesFor(access, levels, mode)
        .map((r) => r.why)
        .join();
      return Object.entries(values(mode)).flatMap(([name, set]) => (text.includes(`${name}=${set ? 0 : 1}`) ? [text] : []));
    });
    expect(untrue).toEqual([]);
  });

  test('name the value of the entries together, and the entries that have it', () => {
    const untrue = wrong((access, levels, mode) =>
      rulesFor(access, levels, mode).flatMap(({ why }) =>
        [...why.matchAll(/(R\/W|U\/S|XD)=(\d) in (the \w+(?: and the \w+)?)/g)].flatMap(([, name, value, entries]) => {
          const bitOf = (rights: number) => ((rights & RIGHTS[name!]!) === 0 ? '0' : '1');
          const together = bitOf(levels.map((l) => l.rights).reduce(bothRights));
          const having = levels.filter((l) => bitOf(l.rights) === value).map((l) => l.level);
          return value === together && entries === `the ${having.join(' and the ')}` ? [] : [why];
        }),
      ),
    );
    expect(untrue).toEqual([]);
  });
});
