// SPDX-License-Identifier: GPL-2.0-only
/**
 * Random histories in which tables change and nothing need be invalidated, against the ghost that knows what may still be used. A fault has no such
 * freedom: this MMU walks again before it faults, so the fault is the one that the tables give now.
 */
import fc from 'fast-check';
import { SKYLAKE } from '../../mmu/geometry.ts';
import type { Mmu } from '../../mmu/mmu.ts';
import type { PhysMem } from '../../mmu/phys-mem.ts';
import { CR3S, type Draw, drawFrom, pick, VAS } from './mmu-entries.ts';
import { Ghost } from './mmu-ghost.ts';
import { fillTables, PLACES, pokeEntry, pokePdpte, type Tally, TINY } from './mmu-oracle.ts';
import {
  ACCESS_KINDS,
  accessBits,
  createWorld,
  Disagreement,
  expectedAccess,
  flip,
  movCr3,
  readEntry,
  realAccess,
  type World,
} from './mmu-world.ts';
import { BITS, type SlowAccess } from './slow-walker.ts';

/** Few pages, and the entries that serve them: what changes is used. */
const FEW = VAS.filter((va) => va >>> 30 < 2 && ((va >>> 21) & 511) < 2 && ((va >>> 12) & 511) < 511);
const FEW_PLACES = PLACES.filter(({ at }) => (at & 4095n) < 0x30n);
const A_AND_D = 0x60n;

interface Haunted {
  world: World;
  ghost: Ghost;
  tally: Tally;
}

/** What the MMU wrote, the oracle learns: A and D set, and nothing else. */
function learnMarks({ mmu, slow }: World): void {
  for (const { at } of PLACES) {
    const before = slow.memory.get(at)!;
    const now = readEntry(mmu.mem, at);
    if (now === before) continue;
    if ((now & ~A_AND_D) !== (before & ~A_AND_D) || (now & before) !== before)
      throw new Disagreement(`entry at 0x${at.toString(16)} overwritten`);
    slow.memory.set(at, now);
  }
}

function mustFaultAsNow({ world, ghost, tally }: Haunted, va: number, access: SlowAccess, actual: string): void {
  const { outcome } = expectedAccess(world.slow, va, access);
  if (outcome !== actual) throw new Disagreement(`${actual}, where the tables give ${outcome}`);
  if (actual !== 'no memory') ghost.pageFault((va & ~4095) >>> 0);
  tally.add('fault');
}

function accessOnce(h: Haunted, page: number, offset: number, access: SlowAccess): void {
  const { mmu, slow } = h.world;
  const actual = realAccess(mmu, page + offset, accessBits(access));
  if (!actual.startsWith('0x')) {
    mustFaultAsNow(h, page + offset, access, actual);
    return;
  }
  learnMarks(h.world);
  h.ghost.note();
  if (!h.ghost.allows(page, access, BigInt(actual) & ~4095n)) throw new Disagreement(`0x${page.toString(16)} at ${actual} is gone`);
  const now = { ...slow, memory: new Map(slow.memory) };
  h.tally.add(expectedAccess(now, page + offset, access).outcome === actual ? 'fresh' : 'stale');
}

function flipOne({ world, ghost }: Haunted, draw: Draw): void {
  const { slow } = world;
  const bit = !slow.on.has('PG') ? 'PG' : pick(draw, BITS);
  if (!flip(world, bit)) return;
  const all = bit === 'PGE' || (bit === 'SMEP' && slow.on.has('SMEP')) || (bit === 'PG' && !slow.on.has('PG'));
  if (all) ghost.everything();
  else ghost.note();
}

/** MOV CR3 more often than a tag of the TLB can count. */
function countRound({ world, ghost }: Haunted, draw: Draw): void {
  for (let n = 1022 + draw(4); n > 0; n--) if (!movCr3(world, world.slow.cr3)) return;
  ghost.movCr3();
}

function step(h: Haunted, draw: Draw): void {
  const { world, ghost } = h;
  const what = draw(100);
  if (what < 66) {
    const page = pick(draw, FEW);
    const access = pick(draw, ACCESS_KINDS);
    for (let n = draw(2); n >= 0; n--) accessOnce(h, page, draw(1024) * 4, access);
  } else if (what < 84) {
    for (let n = draw(3); n >= 0; n--) {
      pokeEntry(world, pick(draw, FEW_PLACES), draw);
      ghost.note();
    }
  } else if (what < 89) {
    const va = pick(draw, FEW);
    world.mmu.invlpg(va + draw(4096));
    ghost.invlpg(va);
  } else if (what < 93) {
    if (movCr3(world, draw(2) === 0 ? world.slow.cr3 : pick(draw, CR3S))) ghost.movCr3();
  } else if (what < 94) countRound(h, draw);
  else if (what < 97) pokePdpte(world, draw);
  else flipOne(h, draw);
}

/** The histories, in which no access uses what it may not. @param prepare what is done to each MMU first, to break it */
export function haunted(mem: PhysMem, tally: Tally, prepare: (mmu: Mmu) => void = () => {}) {
  const seeds = fc.array(fc.integer(), { minLength: 1, maxLength: 60, size: 'max' });
  return fc.property(fc.constantFrom(SKYLAKE, TINY), seeds, (geometry, steps) => {
    const world = createWorld(mem, 40, geometry);
    prepare(world.mmu);
    const h = { world, ghost: new Ghost(world.slow, FEW), tally };
    const draw = drawFrom(steps[0]!);
    fillTables(world, draw);
    for (const bit of ['PGE', 'NXE'] as const) if (draw(4) > 0) flip(world, bit);
    if (movCr3(world, pick(draw, CR3S))) h.ghost.movCr3();
    for (const seed of steps) step(h, drawFrom(seed));
  });
}
