// SPDX-License-Identifier: GPL-2.0-only
/**
 * What an access is, as a number: the bits of the page-fault error code that speak of the access itself, so that a fault reports them as they are.
 *
 * A locked read-modify-write, matching or not, is a WRITE. IMPLICIT marks a supervisor access that no operand of the instruction asks for, such as
 * the read of a descriptor table: it is a supervisor access at any CPL, and EFLAGS.AC does not lift SMAP for it.
 *
 * Reference: Intel SDM Vol. 3A 4.6.1 (explicit and implicit accesses, supervisor and user), 4.7 (error code).
 */

export const READ = 0;
export const IMPLICIT = 1 << 0;
export const WRITE = 1 << 1;
export const USER = 1 << 2;
export const FETCH = 1 << 4;

/** Accesses are below this. */
export const ACCESSES = 32;

/** "user write", for people. */
export function accessText(access: number): string {
  const who = (access & USER) !== 0 ? 'user' : (access & IMPLICIT) !== 0 ? 'implicit supervisor' : 'supervisor';
  return `${who} ${(access & FETCH) !== 0 ? 'fetch' : (access & WRITE) !== 0 ? 'write' : 'read'}`;
}
