// SPDX-License-Identifier: GPL-2.0-only
/**
 * Random page tables, drawn so that every way in which a walk can end comes up often: few linear addresses and few frames, so that tables are shared
 * and may even map themselves, most entries present, and a reserved bit now and then.
 */

/** A stream of numbers that one seed decides. */
export type Draw = (below: number) => number;

export function drawFrom(seed: number): Draw {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x9e3779b9) | 0;
    let h = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
    return ((h ^ (h >>> 15)) >>> 0) % below;
  };
}

export const pick = <T>(draw: Draw, among: readonly T[]): T => among[draw(among.length)]!;

/** Values of CR3; its bits 4:0 do not matter. The PDPTs share no word. */
export const CR3S = [0x0100_0000n, 0x0100_0020n, 0x0100_0fe7n, 0xffff_f040n];

/** Mostly page directories, and mostly page tables. The last one is never touched unless a page lies there. */
export const DIRECTORIES = [0x200n, 0x123456n, 0xffffff1n];
export const TABLES = [0x201n, 0xfffff0n, 0xfffffff2n, 0x777777n];
const EITHER = [...DIRECTORIES, ...TABLES];
const PAGES = [0x300n, 0x301n, 0x234567n, 0xfffff8n, 0x3ffffff3n, 0xfffffff4n];
const LARGE = [0x400n, 0x100000n, 0xabc00n, 0xfffe00n, 0xffffff00n & ~511n];
/** From 2^44 on: legal where MAXPHYADDR is large enough, but no memory. */
const BEYOND = [0x1_0000_0000n, 0xff_ffff_fe00n];

export const PDE_INDICES = [0, 1, 511];
export const PTE_INDICES = [0, 5, 511];

/** Every page that an access goes to. */
export const VAS = [0, 1, 2, 3].flatMap((top) =>
  PDE_INDICES.flatMap((pde) => PTE_INDICES.map((pte) => (top * 2 ** 30 + pde * 2 ** 21 + pte * 2 ** 12) >>> 0)),
);

/** A frame, most often one that MAXPHYADDR allows. */
function frame(draw: Draw, among: readonly bigint[], M: number): bigint {
  const kind = draw(64);
  if (kind === 0) return pick(draw, BEYOND);
  return pick(draw, kind === 1 ? among : among.filter((pfn) => pfn >> BigInt(M - 12) === 0n));
}

/** Now and then, a directory stands for a table, a table for a page, and so on. */
const usually = (draw: Draw, among: readonly bigint[]): readonly bigint[] => (draw(12) === 0 ? EITHER : among);

const bits = (...set: readonly (boolean | number)[]): bigint => {
  let e = 0n;
  for (let i = 0; i < set.length; i += 2) if (set[i + 1]) e |= 1n << BigInt(Number(set[i]));
  return e;
};

/** One bit of high:low. */
const oneOf = (draw: Draw, high: number, low: number): bigint => 1n << BigInt(low + draw(high - low + 1));

/** P, R/W, U/S, PWT, PCD, A, D, G, AVL, XD: not PS. */
const flags = (draw: Draw): bigint =>
  bits(
    0,
    draw(20) > 0,
    1,
    draw(4) > 0,
    2,
    draw(4) > 0,
    3,
    draw(2),
    4,
    draw(2),
    5,
    draw(2),
    6,
    draw(2),
    8,
    draw(2),
    9,
    draw(2),
    63,
    draw(8) === 0,
  );

const reservedHigh = (draw: Draw, M: number): bigint => (draw(30) === 0 ? oneOf(draw, 62, M) : 0n);

export const drawPte = (draw: Draw, M: number): bigint =>
  // Bit 7 is PAT.
  (frame(draw, usually(draw, PAGES), M) << 12n) | flags(draw) | bits(7, draw(3) === 0) | reservedHigh(draw, M);

export function drawPde(draw: Draw, M: number): bigint {
  if (draw(3) > 0) return (frame(draw, usually(draw, TABLES), M) << 12n) | flags(draw) | reservedHigh(draw, M);
  const low = draw(12) === 0 ? oneOf(draw, 20, 13) : 0n;
  return ((frame(draw, LARGE, M) >> 9n) << 21n) | flags(draw) | bits(7, true, 12, draw(2)) | low | reservedHigh(draw, M);
}

/** Wrong ones are rarer than in the other levels: they spoil all four, and bit 63 is always wrong. */
export function drawPdpte(draw: Draw, M: number): bigint {
  const e = (frame(draw, usually(draw, DIRECTORIES), M) << 12n) | bits(0, draw(16) > 0, 3, draw(2), 4, draw(2), 9, draw(2));
  const legal = e >> BigInt(M) === 0n ? e : e & 1023n & ~1n;
  return draw(60) > 0 ? legal : legal | (draw(2) === 0 ? pick(draw, [2n, 4n, 32n, 64n, 128n, 256n]) : oneOf(draw, 63, M));
}
