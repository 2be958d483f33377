// SPDX-License-Identifier: GPL-2.0-only
/**
 * The MMU and its oracle side by side: each operation is made on both, and they must agree on what comes of it. After a change of a table the
 * operations invalidate what the MMU may remember, so that the manual leaves one answer.
 *
 * One memory serves all runs; a run starts with empty tables.
 */
import { FETCH, IMPLICIT, READ, USER, WRITE } from '../../mmu/access.ts';
import { CR0_CD, CR0_NW, CR0_PG, CR0_WP, CR4_PGE, CR4_PSE, CR4_SMAP, CR4_SMEP, EFER_NXE } from '../../mmu/control.ts';
import { NO_FAULT, NO_MEMORY } from '../../mmu/fault.ts';
import type { TlbGeometry } from '../../mmu/geometry.ts';
import { Mmu } from '../../mmu/mmu.ts';
import { setAc, writeCr0, writeCr3, writeCr4, writeEfer } from '../../mmu/mov-cr.ts';
import { backFrame, clearFrames, createSparseMem, frameOfSlot, type PhysMem, slotOfWord } from '../../mmu/phys-mem.ts';
import { FRAME_WORDS, type Pfn, type Ptr } from '../../mmu/types.ts';
import { type Bit, type SlowAccess, type SlowMachine, slowAccess, slowFlip, slowMovCr3 } from './slow-walker.ts';

export class Disagreement extends Error {}

export interface World {
  mmu: Mmu;
  slow: SlowMachine;
}

export const ACCESS_KINDS: readonly SlowAccess[] = (['user', 'supervisor', 'implicit'] as const).flatMap((mode) =>
  (['read', 'write', 'fetch'] as const).filter((kind) => mode !== 'implicit' || kind !== 'fetch').map((kind) => ({ kind, mode })),
);

const KIND = { read: READ, write: WRITE, fetch: FETCH };
const MODE = { user: USER, supervisor: 0, implicit: IMPLICIT };
export const accessBits = ({ kind, mode }: SlowAccess): number => KIND[kind] | MODE[mode];

export function createWorldMemory(): PhysMem {
  const mem = createSparseMem(new Int32Array(1 << 18));
  // The last frame first: to grow step by step towards it takes longer.
  backFrame(mem, 0xffff_ffff as Pfn);
  return mem;
}

/** An MMU with `M` address bits on a memory no frame of which has been touched. */
export function createWorld(mem: PhysMem, M: number, geometry?: TlbGeometry): World {
  clearFrames(mem);
  const slow: SlowMachine = { on: new Set(['PG', 'WP']), cr3: 0n, M: BigInt(M), memory: new Map(), pdptes: [0n, 0n, 0n, 0n] };
  return { mmu: new Mmu(mem, M, geometry), slow };
}

function agree(what: string, expected: unknown, actual: unknown): void {
  if (expected !== actual) throw new Disagreement(`${what}: the oracle says ${String(expected)}, the MMU ${String(actual)}`);
}

const hex = (n: bigint | number): string => `0x${n.toString(16)}`;

const wordOf = (mem: PhysMem, at: bigint): Ptr =>
  (frameOfSlot(mem, backFrame(mem, Number(at >> 12n) as Pfn)) + (Number(at & 4095n) >> 2)) as Ptr;

/** A 64-bit entry of the real memory. */
export function readEntry(mem: PhysMem, at: bigint): bigint {
  const w = wordOf(mem, at);
  return (BigInt(mem.words[w + 1]! >>> 0) << 32n) | BigInt(mem.words[w]! >>> 0);
}

export function writeEntry(mem: PhysMem, at: bigint, value: bigint): void {
  const w = wordOf(mem, at);
  mem.words[w] = Number(BigInt.asIntN(32, value));
  mem.words[w + 1] = Number(BigInt.asIntN(32, value >> 32n));
}

/** Do the memories hold the same entries? */
export function agreeOnEntries({ mmu, slow }: World): void {
  for (const [at, value] of slow.memory) agree(`entry at ${hex(at)}`, hex(value), hex(readEntry(mmu.mem, at)));
}

/** Software writes an entry, and invalidates nothing. */
export function poke({ mmu, slow }: World, at: bigint, value: bigint): void {
  agree(`entry at ${hex(at)}`, slow.memory.get(at) ?? 0n, readEntry(mmu.mem, at));
  slow.memory.set(at, value);
  writeEntry(mmu.mem, at, value);
}

/** @returns false for #GP(0) */
export function movCr3({ mmu, slow }: World, value: bigint): boolean {
  const done = slowMovCr3(slow, value);
  agree(`MOV CR3, ${hex(value)}`, done, writeCr3(mmu, Number(value)));
  return done;
}

const CR0_BITS = new Map<Bit, number>([
  ['PG', CR0_PG],
  ['WP', CR0_WP],
  ['CD', CR0_CD],
  ['NW', CR0_NW],
]);
const CR4_BITS = new Map<Bit, number>([
  ['PGE', CR4_PGE],
  ['PSE', CR4_PSE],
  ['SMEP', CR4_SMEP],
  ['SMAP', CR4_SMAP],
]);

/** The real MOV, WRMSR, STAC or CLAC that changes one bit. */
export function flipReal(mmu: Mmu, bit: Bit): boolean {
  const { regs } = mmu;
  const inCr0 = CR0_BITS.get(bit);
  if (inCr0 !== undefined) return writeCr0(mmu, regs.cr0 ^ inCr0);
  const inCr4 = CR4_BITS.get(bit);
  if (inCr4 !== undefined) return writeCr4(mmu, regs.cr4 ^ inCr4);
  if (bit === 'NXE') writeEfer(mmu, regs.efer ^ EFER_NXE);
  else setAc(mmu, !regs.ac);
  return true;
}

/** @returns false for #GP(0) */
export function flip({ mmu, slow }: World, bit: Bit): boolean {
  const done = slowFlip(slow, bit);
  agree(`change of ${bit}`, done, flipReal(mmu, bit));
  return done;
}

/** Physical address of the word that `translate` found, as the slots have it. */
export function physicalAddress(mem: PhysMem, at: number): number {
  const w = (at >>> 0) as Ptr;
  return mem.pfns[slotOfWord(mem, w)]! * 4096 + ((w - mem.frameBase) % FRAME_WORDS) * 4;
}

/** What the MMU makes of an access: the physical address of the aligned word, or how it failed. */
export function realAccess(mmu: Mmu, va: number, bits: number): string {
  const at = mmu.translate(va, bits);
  const failure = mmu.takeFault();
  if (at !== 0) return failure === NO_FAULT ? hex(physicalAddress(mmu.mem, at)) : 'an index and a fault';
  if (failure === NO_MEMORY) return 'no memory';
  return failure === NO_FAULT ? 'neither an index nor a fault' : `#PF ${failure}, CR2 ${hex(mmu.regs.cr2)}`;
}

/** What the oracle says, in the words of `realAccess`; and which way it came about. */
export function expectedAccess(slow: SlowMachine, va: number, access: SlowAccess): { outcome: string; ways: string[] } {
  const r = slowAccess(slow, BigInt(va), access);
  if (r.kind === 'beyond') return { outcome: 'no memory', ways: ['no memory'] };
  if (r.kind === 'fault') return { outcome: `#PF ${r.errorCode}, CR2 ${hex(va)}`, ways: [`#PF ${r.errorCode}`, r.at] };
  const ways = [slow.on.has('PG') ? (r.large ? '2M' : '4K') : 'no paging'];
  if (r.global) ways.push('global');
  if (r.pa >> 32n !== 0n) ways.push('above 4 GiB');
  return { outcome: hex(r.pa & ~3n), ways };
}

/** A word read or written through the MMU is the word that `translate` finds. @returns false where the access fails */
function wordAgrees(mmu: Mmu, va: number, bits: number): boolean {
  const { words } = mmu.mem;
  const aligned = (va & ~3) >>> 0;
  if ((bits & WRITE) === 0) {
    const value = mmu.load32(aligned, bits);
    if (mmu.takeFault() !== NO_FAULT) return false;
    const at = mmu.translate(aligned, bits) >>> 0;
    agree(`load32 of ${hex(aligned)}`, words[at], value);
    return true;
  }
  // Which word is known only afterwards, and it may be an entry: it gets its old value back.
  const known = mmu.translate(aligned, bits) >>> 0;
  if (mmu.takeFault() !== NO_FAULT) return false;
  const old = words[known]!;
  agree(`store32 at ${hex(aligned)}`, true, mmu.store32(aligned, bits, ~old));
  agree(`word at ${hex(aligned)}`, ~old, words[known]);
  words[known] = old;
  return true;
}

/** Makes an access on both. @returns which way it went */
export function access(world: World, va: number, kind: SlowAccess, byWord: boolean): string[] {
  const { mmu, slow } = world;
  const bits = accessBits(kind);
  const { outcome, ways } = expectedAccess(slow, va, kind);
  if (byWord) agree(`word access to ${hex(va)}`, !outcome.startsWith('#PF') && outcome !== 'no memory', wordAgrees(mmu, va, bits));
  const actual = realAccess(mmu, va, bits);
  if (outcome !== actual) agree(`${kind.mode} ${kind.kind} of ${hex(va)} with ${[...slow.on].join(' ')}`, outcome, actual);
  return ways;
}
