// SPDX-License-Identifier: GPL-2.0-only
/**
 * Two MMUs that live through the same random history, each on its own memory; one of them forgets its front before every access. The front is right if
 * nobody can tell them apart: same answers, same counters, same TLB and PDE cache.
 */
import fc from 'fast-check';
import { WRITE } from '../../mmu/access.ts';
import { SKYLAKE } from '../../mmu/geometry.ts';
import { Mmu } from '../../mmu/mmu.ts';
import { writeCr3 } from '../../mmu/mov-cr.ts';
import { clearFrames, type PhysMem } from '../../mmu/phys-mem.ts';
import { permission } from '../../mmu/rights.ts';
import { findSlot } from '../../mmu/slots.ts';
import { FRONT, FRONT_END, FRONT_STAMP, INFO, LEADS_TO, TAGS, TURNS, TURNS_END } from '../../mmu/state.ts';
import { INFO_DIRTY, INFO_RIGHTS, TAG_2M } from '../../mmu/tlb-entry.ts';
import { FRAME_WORDS } from '../../mmu/types.ts';
import { CR3S, type Draw, drawFrom, drawPdpte, pick, VAS } from './mmu-entries.ts';
import { PLACES, TINY } from './mmu-oracle.ts';
import { ACCESS_KINDS, accessBits, Disagreement, flipReal, realAccess, writeEntry } from './mmu-world.ts';
import { BITS } from './slow-walker.ts';

const M = 40;

/** Something that happens to an MMU, and what it says to that. */
type Operation = (mmu: Mmu, beforeAccess: () => void) => unknown;

function drawAccess(draw: Draw): Operation {
  const va = pick(draw, VAS) + draw(1024) * 4;
  const bits = accessBits(pick(draw, ACCESS_KINDS));
  const how = draw(3);
  const value = draw(2 ** 31);
  return (mmu, before) => {
    before();
    if (how === 0) return realAccess(mmu, va, bits);
    const result = how === 1 ? mmu.load32(va, bits) : mmu.store32(va, bits | WRITE, value);
    return `${result} ${mmu.takeFault()}`;
  };
}

function drawOperation(draw: Draw): Operation {
  const what = draw(40);
  if (what < 30) return drawAccess(draw);
  if (what < 34) {
    const { at, drawEntry } = pick(draw, PLACES);
    const e = drawEntry(draw, M);
    return (mmu) => writeEntry(mmu.mem, at, e);
  }
  if (what < 36) {
    const va = pick(draw, VAS) + draw(4096);
    return (mmu) => mmu.invlpg(va);
  }
  if (what < 38) {
    const cr3 = Number(pick(draw, CR3S));
    return (mmu) => writeCr3(mmu, cr3);
  }
  const bit = pick(draw, BITS);
  // Not for long without paging.
  return (mmu) => flipReal(mmu, mmu.regs.paging ? bit : 'PG');
}

/** What the TLBs and the PDE cache hold, and what they replace next. */
const held = ({ state }: Mmu): string =>
  [state.subarray(TURNS, TURNS_END), state.subarray(TAGS, FRONT)]
    .map((part) => Buffer.from(part.slice().buffer).toString('base64'))
    .join(' ');

/** First place of the front that says something that the first level of the TLB does not, or ''. */
export function strayInFront({ state, tlb, regs, mem }: Mmu): string {
  const stamp = state[FRONT_STAMP]!;
  const front = state.subarray(FRONT, FRONT_END);
  for (let i = 0; i < front.length; i += 2) {
    if ((front[i]! & 0xfff) !== stamp) continue;
    const va = (front[i]! & ~0xfff) >>> 0;
    const access = i >>> 9;
    let first = firstWord(mem, va >>> 12);
    if (regs.paging) {
      const entry = tlb.findFirst(va, access);
      if (entry < 0) return `0x${va.toString(16)} is in the front alone`;
      const info = state[entry + INFO]!;
      if (regs.allowed[permission(access, info & INFO_RIGHTS)] !== 1) return `access ${access} to 0x${va.toString(16)} is forbidden`;
      if ((access & WRITE) !== 0 && (info & INFO_DIRTY) === 0) return `a write to 0x${va.toString(16)} would not set D`;
      const leadsTo = state[entry + LEADS_TO]!;
      first = (state[entry]! & TAG_2M) === 0 ? leadsTo : firstWord(mem, leadsTo + ((va >>> 12) & 511));
    }
    if (front[i + 1] !== first) return `0x${va.toString(16)} is elsewhere`;
  }
  return '';
}

const firstWord = (mem: PhysMem, pfn: number): number => (mem.frameBase + findSlot(mem.slots, pfn) * FRAME_WORDS) | 0;

/** What the same history does to both gives each frame the same slot in both. */
export type TwinMemory = readonly [PhysMem, PhysMem];

function twinMmu(mem: PhysMem, geometry: typeof SKYLAKE): Mmu {
  clearFrames(mem);
  return new Mmu(mem, M, geometry);
}

/** @param prepare what is done to the one that keeps its front, to break it */
export function twins(memory: TwinMemory, prepare: (mmu: Mmu) => void = () => {}) {
  const seeds = fc.array(fc.integer(), { minLength: 1, maxLength: 200, size: 'max' });
  return fc.property(fc.constantFrom(SKYLAKE, TINY), seeds, (geometry, steps) => {
    const [one, other] = memory.map((mem) => twinMmu(mem, geometry)) as [Mmu, Mmu];
    prepare(one);
    const draw = drawFrom(steps[0]!);
    const start: Operation[] = CR3S.flatMap((cr3) =>
      [0n, 8n, 16n, 24n].map((i) => {
        const e = drawPdpte(draw, M) & 0x7fff_ffff_ffff_fe19n;
        return (mmu: Mmu) => writeEntry(mmu.mem, (cr3 & ~31n) + i, e);
      }),
    );
    for (const { at, drawEntry } of PLACES) {
      const e = drawEntry(draw, M);
      start.push((mmu) => writeEntry(mmu.mem, at, e));
    }
    start.push((mmu) => writeCr3(mmu, Number(CR3S[0])));
    for (const operation of [...start, ...steps.map((seed) => drawOperation(drawFrom(seed)))]) {
      const said = operation(one, () => {});
      const saidByOther = operation(other, () => other.front.dropAll());
      if (said !== saidByOther) throw new Disagreement(`${String(said)}; without the front ${String(saidByOther)}`);
      const counters = [one, other].map((mmu) => JSON.stringify(mmu.counters));
      if (counters[0] !== counters[1]) throw new Disagreement(counters.join('; without the front '));
      const stray = strayInFront(one);
      if (stray !== '') throw new Disagreement(stray);
    }
    if (held(one) !== held(other)) throw new Disagreement('the TLBs or the PDE caches differ');
  });
}
