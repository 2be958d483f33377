// SPDX-License-Identifier: GPL-2.0-only
/**
 * What is timed: loops over a stream of addresses, each beside the same loop without the access and with a bare load. Every loop is a function of its
 * own, so that none is compiled for what another one does.
 */
import { READ, WRITE } from '../../mmu/access.ts';
import type { Mmu } from '../../mmu/mmu.ts';
import { writeCr3 } from '../../mmu/mov-cr.ts';

/** The loop alone. */
export function empty(stream: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < stream.length; i++) sum = (sum + stream[i]!) | 0;
  return sum;
}

/** The load that any emulator has to make: word `base` + offset, of an array of the same kind. */
export function bare(words: Int32Array, base: number, mask: number, stream: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < stream.length; i++) sum = (sum + words[(base + ((stream[i]! & mask) >>> 2)) >>> 0]!) | 0;
  return sum;
}

export function load(mmu: Mmu, stream: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < stream.length; i++) sum = (sum + mmu.load32(stream[i]!, READ)) | 0;
  return sum;
}

/** The access comes as a number, alignment is asked for, translations are counted. */
export function counted(mmu: Mmu, stream: Int32Array, access: number): number {
  const { words } = mmu.mem;
  let sum = 0;
  for (let i = 0; i < stream.length; i++) {
    const va = stream[i]!;
    if ((va & 3) === 0) sum = (sum + words[mmu.translate(va, access) >>> 0]!) | 0;
  }
  return sum;
}

export function store(mmu: Mmu, stream: Int32Array): number {
  for (let i = 0; i < stream.length; i++) mmu.store32(stream[i]!, WRITE, i);
  return 0;
}

/** Each load says where the next one goes. */
export function chain(mmu: Mmu, stream: Int32Array): number {
  let va = stream[0]!;
  for (let i = 0; i < stream.length; i++) va = mmu.load32(va, READ);
  return va;
}

export function bareChain(words: Int32Array, base: number, mask: number, stream: Int32Array): number {
  let va = stream[0]!;
  for (let i = 0; i < stream.length; i++) va = words[(base + ((va & mask) >>> 2)) >>> 0]!;
  return va;
}

/** As `load`, for streams that miss. */
export function miss(mmu: Mmu, stream: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < stream.length; i++) sum = (sum + mmu.load32(stream[i]!, READ)) | 0;
  return sum;
}

export function movCr3(mmu: Mmu, stream: Int32Array, cr3: number): number {
  for (let i = 0; i < stream.length; i++) writeCr3(mmu, cr3);
  return 0;
}

/** MOV CR3 and eight pages touched; one turn for eight addresses. */
export function movCr3AndTouch(mmu: Mmu, stream: Int32Array, cr3: number): number {
  let sum = 0;
  for (let i = 0; i < stream.length; i++) {
    if ((i & 7) === 0) writeCr3(mmu, cr3);
    sum = (sum + mmu.load32(stream[i]!, READ)) | 0;
  }
  return sum;
}

export function invlpgAndTouch(mmu: Mmu, stream: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < stream.length; i++) {
    mmu.invlpg(stream[i]!);
    sum = (sum + mmu.load32(stream[i]!, READ)) | 0;
  }
  return sum;
}
