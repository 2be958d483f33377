// SPDX-License-Identifier: GPL-2.0-only
/**
 * The rules about rights that an access comes under, each with what decided it: what mmu/rights says yes or no to, said in the words of SDM 4.6.1.
 */
import { FETCH, IMPLICIT, USER, WRITE } from '../../mmu/access.ts';
import { CR0_WP, CR4_SMAP, CR4_SMEP, EFER_NXE } from '../../mmu/control.ts';
import { MAY_USER, MAY_WRITE, type Mode, NO_FETCH } from '../../mmu/rights.ts';

export interface Rule {
  allows: boolean;
  why: string;
}

/** Rights (bits of mmu/rights) that one entry of the walk gives. */
export interface LevelRights {
  level: string;
  rights: number;
}

const bit = (register: number, mask: number): 0 | 1 => ((register & mask) === 0 ? 0 : 1);

/** "U/S=0 in the PDE": the value that the levels have together, and those that have it; a single `decisive` one is enough. */
function where(levels: readonly LevelRights[], name: string, mask: number, decisive: 0 | 1): string {
  const value = levels.some((l) => bit(l.rights, mask) === decisive) ? decisive : 1 - decisive;
  const having = levels.filter((l) => bit(l.rights, mask) === value);
  return `${name}=${value} in the ${having.map((l) => l.level).join(' and the ')}`;
}

/** The access is allowed if every rule allows it. */
export function rulesFor(access: number, levels: readonly LevelRights[], mode: Mode): Rule[] {
  const rules = [privilegeRule(access, levels, mode)];
  if ((access & FETCH) !== 0) rules.push(fetchRule(levels, mode));
  else if ((access & WRITE) !== 0) rules.push(writeRule(access, levels, mode));
  return rules;
}

function privilegeRule(access: number, levels: readonly LevelRights[], { cr4, ac }: Mode): Rule {
  const user = (access & USER) !== 0;
  const userAddress = levels.every((l) => bit(l.rights, MAY_USER) === 1);
  const whose = `${user ? 'user' : 'supervisor'}-mode access to a ${userAddress ? 'user' : 'supervisor'}-mode address`;
  const page = `${whose} (${where(levels, 'U/S', MAY_USER, 0)})`;
  if (user || !userAddress) return { allows: user === userAddress, why: page };
  if ((access & FETCH) !== 0) {
    const smep = bit(cr4, CR4_SMEP);
    return { allows: smep === 0, why: `${page}: a fetch, CR4.SMEP=${smep}` };
  }
  if (bit(cr4, CR4_SMAP) === 0) return { allows: true, why: `${page}: CR4.SMAP=0` };
  if ((access & IMPLICIT) !== 0) return { allows: false, why: `${page}: CR4.SMAP=1, which EFLAGS.AC does not lift for an implicit access` };
  return { allows: ac, why: `${page}: CR4.SMAP=1, EFLAGS.AC=${ac ? 1 : 0}` };
}

function writeRule(access: number, levels: readonly LevelRights[], { cr0 }: Mode): Rule {
  const writable = levels.every((l) => bit(l.rights, MAY_WRITE) === 1);
  const page = `write, ${where(levels, 'R/W', MAY_WRITE, 0)}`;
  if (writable || (access & USER) !== 0) return { allows: writable, why: page };
  const wp = bit(cr0, CR0_WP);
  return { allows: wp === 0, why: `${page}: supervisor-mode, CR0.WP=${wp}` };
}

function fetchRule(levels: readonly LevelRights[], { efer }: Mode): Rule {
  if (bit(efer, EFER_NXE) === 0) return { allows: true, why: 'fetch: IA32_EFER.NXE=0, so no entry forbids it' };
  return {
    allows: levels.every((l) => bit(l.rights, NO_FETCH) === 0),
    why: `fetch, ${where(levels, 'XD', NO_FETCH, 1)}: IA32_EFER.NXE=1`,
  };
}
