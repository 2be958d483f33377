// SPDX-License-Identifier: GPL-2.0-only
/**
 * The protection of a VMA's ptes by its flags. Linux v6.6: arch/x86/mm/pgprot.c, protection_map[], vm_get_page_prot().
 *
 * Without NX a page may be executed; a private mapping is never writable at first, so that the first write copies.
 * left out: protection keys, SEV.
 */
import type { Vcpu } from '../../../../../../cpu/vcpu.ts';
import { _PAGE_NX_HIGH, PAGE_NONE, PAGE_READONLY, PAGE_SHARED } from '../../include/asm/pgtable_types.ts';

// VM_READ, VM_WRITE, VM_EXEC and VM_SHARED are these bits by definition: "they are indexes" (include/linux/mm.h).
const VM_READ = 1;
const VM_WRITE = 2;
const VM_EXEC = 4;
const VM_SHARED = 8;

/** @returns the low word of the protection; the high one is in c.hi */
export function vm_get_page_prot(c: Vcpu, vm_flags: number): number {
  const none = (vm_flags & (VM_READ | VM_WRITE | VM_EXEC)) === 0;
  c.hi = none || (vm_flags & VM_EXEC) !== 0 ? 0 : _PAGE_NX_HIGH;
  if (none) return PAGE_NONE;
  return (vm_flags & (VM_WRITE | VM_SHARED)) === (VM_WRITE | VM_SHARED) ? PAGE_SHARED : PAGE_READONLY;
}
