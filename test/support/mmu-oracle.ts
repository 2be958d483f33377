// SPDX-License-Identifier: GPL-2.0-only
/**
 * Random histories of an MMU and its oracle: tables, accesses, changes of tables and of control registers. A change of a PDE or PTE is followed by
 * something that invalidates every translation it may have been part of; a change of a PDPTE in memory by nothing, since the registers hold it.
 */
import fc from 'fast-check';
import { SKYLAKE, type TlbGeometry } from '../../mmu/geometry.ts';
import type { Mmu } from '../../mmu/mmu.ts';
import type { PhysMem } from '../../mmu/phys-mem.ts';
import {
  CR3S,
  DIRECTORIES,
  type Draw,
  drawFrom,
  drawPde,
  drawPdpte,
  drawPte,
  PDE_INDICES,
  PTE_INDICES,
  pick,
  TABLES,
  VAS,
} from './mmu-entries.ts';
import { ACCESS_KINDS, access, agreeOnEntries, createWorld, flip, movCr3, poke, type World } from './mmu-world.ts';
import { BITS, type Bit, type SlowMachine } from './slow-walker.ts';

/** So small that the first level and the PDE cache are always full. */
export const TINY: TlbGeometry = {
  name: 'tiny',
  data4K: { sets: 2, ways: 2 },
  data2M: { sets: 1, ways: 2 },
  code4K: { sets: 1, ways: 2 },
  code2M: { sets: 1, ways: 1 },
  shared: { sets: 2, ways: 4 },
  pdes: { sets: 2, ways: 1 },
};

/** How often each way out of an operation was taken. */
export class Tally {
  readonly ways = new Map<string, number>();
  add(way: string): void {
    this.ways.set(way, (this.ways.get(way) ?? 0) + 1);
  }
  count(way: string): number {
    return this.ways.get(way) ?? 0;
  }
}

const pdptAt = (cr3: bigint): bigint => cr3 & ~31n;
const INDICES = [...new Set([...PDE_INDICES, ...PTE_INDICES])].map((index) => BigInt(index * 8));
/** Every entry that a walk may read, but in the table that is never touched. */
export const PLACES = [DIRECTORIES, TABLES.slice(0, -1)].flatMap((frames, level) =>
  frames.flatMap((frame) => INDICES.map((index) => ({ at: (frame << 12n) | index, drawEntry: level === 0 ? drawPde : drawPte }))),
);

export function pokeEntry(world: World, { at, drawEntry }: (typeof PLACES)[number], draw: Draw): void {
  poke(world, at, drawEntry(draw, Number(world.slow.M)));
}

export function pokePdpte(world: World, draw: Draw): void {
  const cr3 = draw(2) === 0 ? world.slow.cr3 : pick(draw, CR3S);
  poke(world, pdptAt(cr3) + BigInt(draw(4) * 8), drawPdpte(draw, Number(world.slow.M)));
}

export function fillTables(world: World, draw: Draw): void {
  const M = Number(world.slow.M);
  for (const cr3 of CR3S) for (let i = 0n; i < 4n; i++) poke(world, pdptAt(cr3) + i * 8n, drawPdpte(draw, M));
  for (const place of PLACES) pokeEntry(world, place, draw);
}

/** Nothing that the tables said before may be used afterwards: 4.10.4.1 names these. */
function forgetEverything(world: World, draw: Draw): void {
  const { slow } = world;
  const way = draw(5);
  if (way === 0 && flip(world, 'PGE')) {
    flip(world, 'PGE');
    return;
  }
  if (way === 1 && (!slow.on.has('SMEP') || flip(world, 'SMEP')) && flip(world, 'SMEP')) return;
  if (way === 2 && slow.on.has('PG')) {
    flip(world, 'PG');
    flip(world, 'PG');
    return;
  }
  if (way === 3 && !slow.on.has('PGE') && movCr3(world, slow.cr3)) return;
  forgetPages(world, draw);
}

function forgetPages({ mmu }: World, draw: Draw): void {
  for (const va of VAS) mmu.invlpg(va + draw(4096));
}

/** MOV CR3 keeps what is global, and most changes of CR0 and CR4 that load the PDPTE registers keep everything. */
const forgetsAll = (bit: Bit, { on }: SlowMachine): boolean => bit === 'PG' || bit === 'PGE' || (bit === 'SMEP' && on.has('SMEP'));

function changeBit(world: World, bit: Bit, draw: Draw, tally: Tally): void {
  const { slow } = world;
  const before = slow.pdptes;
  tally.add(`${flip(world, bit) ? 'change' : '#GP'} ${bit}`);
  // Of bit 63 the TLB may remember what it meant before.
  if (bit === 'NXE' || (slow.pdptes !== before && !forgetsAll(bit, slow))) forgetPages(world, draw);
}

function changeCr3(world: World, draw: Draw, tally: Tally): void {
  const moved = movCr3(world, pick(draw, CR3S));
  tally.add(moved ? 'MOV CR3' : '#GP CR3');
  if (moved && world.slow.on.has('PGE')) forgetPages(world, draw);
}

function change(world: World, draw: Draw, tally: Tally): void {
  const { mmu, slow } = world;
  const what = draw(20);
  if (what < 5) {
    for (let n = draw(4); n >= 0; n--) pokeEntry(world, pick(draw, PLACES), draw);
    forgetEverything(world, draw);
  } else if (what < 10) {
    // Without paging, nothing much happens: soon on again.
    const bit = !slow.on.has('PG') && draw(2) === 0 ? 'PG' : pick(draw, BITS);
    changeBit(world, bit, draw, tally);
  } else if (what < 13) changeCr3(world, draw, tally);
  else if (what < 19) pokePdpte(world, draw);
  else mmu.invlpg(pick(draw, VAS));
}

/** A locality that lets the front and the first level hit. */
function accessSome(world: World, draw: Draw, tally: Tally): void {
  const va = pick(draw, VAS) + draw(4096);
  for (let n = draw(3); n >= 0; n--) {
    const ways = access(world, va, pick(draw, ACCESS_KINDS), draw(4) === 0);
    tally.add('cases');
    for (const way of ways) tally.add(way);
  }
}

/** One history. */
export function runHistory(world: World, seeds: readonly number[], tally: Tally): void {
  const draw = drawFrom(seeds[0]!);
  fillTables(world, draw);
  for (const bit of BITS) if (bit !== 'PG' && draw(2) === 0) flip(world, bit);
  movCr3(world, pick(draw, CR3S));
  for (const seed of seeds) {
    const step = drawFrom(seed);
    if (step(8) === 0) change(world, step, tally);
    else accessSome(world, step, tally);
  }
  agreeOnEntries(world);
  tally.add(`M ${world.slow.M}`);
}

/** The histories, in all of which MMU and oracle agree. @param prepare what is done to each MMU first, to break it */
export function histories(mem: PhysMem, tally: Tally, prepare: (mmu: Mmu) => void = () => {}) {
  const seeds = fc.array(fc.integer(), { minLength: 1, maxLength: 160, size: 'max' });
  return fc.property(fc.integer({ min: 36, max: 52 }), fc.constantFrom(SKYLAKE, TINY), seeds, (M, geometry, steps) => {
    const world = createWorld(mem, M, geometry);
    prepare(world.mmu);
    runHistory(world, steps, tally);
  });
}
