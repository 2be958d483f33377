// SPDX-License-Identifier: GPL-2.0-only
/**
 * The VMAs of an address space, by address. Linux v6.6: mm/mmap.c, find_vma(), find_vma_prev(), find_vma_intersection(); include/linux/mm.h,
 * vma_lookup(), range_in_vma(), vma_is_anonymous(), vma_pages().
 *
 * A list in the order of addresses stands in for the maple tree: the answers are the same, and address spaces here have few VMAs. The caller
 * holds mmap_lock.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { at } from '../../struct.ts';

/** The first VMA that ends after the address: it may begin after it too. */
export function find_vma(c: Vcpu, mm: Ptr, addr: number): Ptr {
  let vma = peek(c, at(mm, mm_struct.mmap)) as Ptr;
  while (vma !== NULL && peek(c, at(vma, vm_area_struct.vm_end)) <= addr) vma = peek(c, at(vma, vm_area_struct.vm_next)) as Ptr;
  return vma;
}

/** As find_vma(). @returns it too; the VMA before it, or NULL, is in c.out */
export function find_vma_prev(c: Vcpu, mm: Ptr, addr: number): Ptr {
  let prev = NULL;
  let vma = peek(c, at(mm, mm_struct.mmap)) as Ptr;
  while (vma !== NULL && peek(c, at(vma, vm_area_struct.vm_end)) <= addr) {
    prev = vma;
    vma = peek(c, at(vma, vm_area_struct.vm_next)) as Ptr;
  }
  c.out = prev;
  return vma;
}

/** The first VMA that has an address of [start, end), or NULL. */
export function find_vma_intersection(c: Vcpu, mm: Ptr, start: number, end: number): Ptr {
  const vma = find_vma(c, mm, start);
  return vma !== NULL && peek(c, at(vma, vm_area_struct.vm_start)) < end ? vma : NULL;
}

/** The VMA that has the address, or NULL. */
export const vma_lookup = (c: Vcpu, mm: Ptr, addr: number): Ptr => find_vma_intersection(c, mm, addr, addr + 1);

export const range_in_vma = (c: Vcpu, vma: Ptr, start: number, end: number): boolean =>
  vma !== NULL && peek(c, at(vma, vm_area_struct.vm_start)) <= start && end <= peek(c, at(vma, vm_area_struct.vm_end));

export const vma_is_anonymous = (c: Vcpu, vma: Ptr): boolean => peek(c, at(vma, vm_area_struct.vm_ops)) === 0;

export const vma_pages = (c: Vcpu, vma: Ptr): number =>
  (peek(c, at(vma, vm_area_struct.vm_end)) - peek(c, at(vma, vm_area_struct.vm_start))) >>> 12;
