// SPDX-License-Identifier: GPL-2.0-only
/**
 * Who may do what through a translation: the rights of all levels together against the access and the mode.
 *
 * The rights of a translation are three bits: R/W and U/S, each the and of all levels, XD the or. `permits` says what the manual says;
 * `permissionTable` has its answers for one mode, so that the hot path makes one look-up.
 *
 * Reference: Intel SDM Vol. 3A 4.6.1 (determination of access rights).
 */
import { ACCESSES, FETCH, IMPLICIT, USER, WRITE } from './access.ts';
import { CR0_WP, CR4_SMAP, CR4_SMEP, EFER_NXE } from './control.ts';
import { MAY_USER, MAY_WRITE, NO_FETCH } from './entry.ts';

export { MAY_USER, MAY_WRITE, NO_FETCH } from './entry.ts';

/** Rights that one entry gives. */
export const rightsOf = (lo: number, hi: number): number => ((lo >>> 1) & 3) | ((hi >>> 31) << 2);

/** Rights that two levels give together. */
export const bothRights = (a: number, b: number): number => (a & b & 3) | ((a | b) & NO_FETCH);

/** What of the control registers decides about rights; `ac` is EFLAGS.AC. */
export interface Mode {
  cr0: number;
  cr4: number;
  efer: number;
  ac: boolean;
}

/** May the access be made through a translation with these rights? */
export function permits(access: number, rights: number, { cr0, cr4, efer, ac }: Mode): boolean {
  const userPage = (rights & MAY_USER) !== 0;
  if ((access & FETCH) !== 0) {
    if ((efer & EFER_NXE) !== 0 && (rights & NO_FETCH) !== 0) return false;
    return (access & USER) !== 0 ? userPage : !userPage || (cr4 & CR4_SMEP) === 0;
  }
  if ((access & USER) !== 0) return userPage && ((access & WRITE) === 0 || (rights & MAY_WRITE) !== 0);
  if (userPage && (cr4 & CR4_SMAP) !== 0 && !(ac && (access & IMPLICIT) === 0)) return false;
  return (access & WRITE) === 0 || (rights & MAY_WRITE) !== 0 || (cr0 & CR0_WP) === 0;
}

/** Index of an access and rights in a permission table. */
export const permission = (access: number, rights: number): number => (access << 3) | rights;

/** Fills `table` with 1 where the mode permits, at `permission(access, rights)`. */
export function permissionTable(table: Int32Array, { cr0, cr4, efer, ac }: Mode): void {
  const mode = { cr0, cr4, efer, ac }; // read once: registers are behind getters
  for (let access = 0; access < ACCESSES; access++)
    for (let rights = 0; rights < 8; rights++) table[permission(access, rights)] = permits(access, rights, mode) ? 1 : 0;
}
