// SPDX-License-Identifier: GPL-2.0-only
/**
 * How many VMAs may write to a file through memory. Linux v6.6: include/linux/fs.h, mapping_allow_writable(), mapping_unmap_writable().
 * left out: seals, which make the count negative.
 */
import { update } from '../../../../../cpu/ops.ts';
import { ADD } from '../../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../mmu/types.ts';
import { at } from '../../../struct.ts';
import { address_space } from '../mm_types.ts';

export function* mapping_allow_writable(c: Vcpu, mapping: Ptr): Code {
  yield* update(c, at(mapping, address_space.i_mmap_writable), ADD, 1);
}

export function* mapping_unmap_writable(c: Vcpu, mapping: Ptr): Code {
  yield* update(c, at(mapping, address_space.i_mmap_writable), ADD, -1);
}
