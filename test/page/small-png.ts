// SPDX-License-Identifier: GPL-2.0-only
/**
 * A screenshot with a palette, a third of its size: the 256 most frequent colours; letters have many more at their edges.
 * Reference: PNG, ISO/IEC 15948, chunks 11, filters 9.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = 8;

function chunks(png: Buffer): { header: Buffer; data: Buffer } {
  let header: Buffer = png;
  const data: Buffer[] = [];
  for (let at = SIGNATURE; at < png.length; ) {
    const end = at + 8 + png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    if (type === 'IHDR') header = png.subarray(at + 8, end);
    if (type === 'IDAT') data.push(png.subarray(at + 8, end));
    at = end + 4;
  }
  return { header, data: inflateSync(Buffer.concat(data)) };
}

function paeth(a: number, b: number, c: number): number {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/** The bytes of all rows, without filters. */
function pixels(data: Buffer, row: number, size: number): Buffer[] {
  const rows: Buffer[] = [];
  let above: Buffer = Buffer.alloc(row);
  for (let at = 0; at < data.length; at += row + 1) {
    const now = Buffer.from(data.subarray(at + 1, at + 1 + row));
    for (let x = 0; x < row; x++) {
      const [a, b, c] = x < size ? [0, above[x]!, 0] : [now[x - size]!, above[x]!, above[x - size]!];
      now[x] = (now[x]! + [0, a, b, (a + b) >> 1, paeth(a, b, c)][data[at]!]!) & 255;
    }
    rows.push(now);
    above = now;
  }
  return rows;
}

function chunk(type: string, data: Buffer): Buffer {
  const out = Buffer.alloc(data.length + 12);
  out.writeUInt32BE(data.length);
  out.write(type, 4, 'latin1');
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, -4)), data.length + 8);
  return out;
}

/** @returns an index */
function nearestOf(palette: readonly number[], colour: number): number {
  const apart = (other: number): number =>
    [0, 8, 16].reduce((sum, shift) => sum + (((colour >> shift) & 255) - ((other >> shift) & 255)) ** 2, 0);
  let best = 0;
  for (const [i, other] of palette.entries()) if (apart(other) < apart(palette[best]!)) best = i;
  return best;
}

/** @param png eight bits a channel, not interlaced, as browsers write them; opaque */
export function smallPng(png: Buffer): Buffer {
  const { header, data } = chunks(png);
  const size = header[9] === 6 ? 4 : 3;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const rows = pixels(data, width * size, size);
  const all = rows.flatMap((row) => Array.from({ length: width }, (_, x) => row.readUIntBE(x * size, 3)));
  const counts = new Map<number, number>();
  for (const colour of all) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const often = [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)!);
  const palette = often.slice(0, 256);
  const nearest = new Map(often.map((colour) => [colour, nearestOf(palette, colour)]));
  const colours = Buffer.alloc(palette.length * 3);
  palette.forEach((colour, i) => {
    colours.writeUIntBE(colour, i * 3, 3);
  });
  const drawn = Buffer.alloc((width + 1) * height);
  all.forEach((colour, i) => {
    drawn[Math.floor(i / width) * (width + 1) + 1 + (i % width)] = nearest.get(colour)!;
  });
  const plain = Buffer.from(header);
  plain[9] = 3;
  return Buffer.concat([
    png.subarray(0, SIGNATURE),
    chunk('IHDR', plain),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(drawn, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
