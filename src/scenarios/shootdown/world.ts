// SPDX-License-Identifier: GPL-2.0-only
/**
 * The starting state of the shootdown scenarios: a whole kernel, and a process P with two pages, of which CPU 1 may remember the first.
 */
import type { Vcpu } from '../../../cpu/vcpu.ts';
import type { Ptr } from '../../../mmu/types.ts';
import { boot_cpu_on } from '../../kernel/arch/x86/mm/tlb/boot_cpu_on.ts';
import { type Kernel, newObject } from '../../kernel/kernel.ts';
import { at, atomic, struct } from '../../kernel/struct.ts';
import { bootWorld, type World as CollapseWorld, fill, frameOf, map, PRESENT_PAGES } from '../collapse/world.ts';

/** What is stored meanwhile: by CPU 1, or by CPU 0 to a new page at the old address. */
export const NEW = 0x777;

export interface World extends CollapseWorld {
  /** First word of the page. */
  frame: Ptr;
  /** Not 0 when there is another page at its address, and NEW in it. */
  remapped: Ptr;
}

const remapped = struct('remapped', { done: atomic });

/** @param victim what CPU 1 has loaded: P, P lazily, or another mm */
export function buildWorld(c: Vcpu, k: Kernel, victim: string): World {
  const w = bootWorld(c, k);
  map(c, w, false);
  for (const page of PRESENT_PAGES) fill(c, w, page);
  boot_cpu_on(c, 0, w.p, false);
  boot_cpu_on(c, 1, victim === 'switching' ? w.q : w.p, victim === 'lazy');
  return { ...w, frame: frameOf(w, w.p, 0), remapped: at(newObject(k, remapped, 'remapped'), remapped.done) };
}
