// SPDX-License-Identifier: GPL-2.0-only
/**
 * Signatures of the prefixes of an execution: equal for two orders of the same happens-before order. That order is the set of its events, each with
 * its clock, so the signature is a sum over the events.
 *
 * Reference: Musuvathi, Qadeer (MSR-TR-2007-12), section 4; Appleby, MurmurHash3, for the mixing.
 */
import type { Execution } from './explore/execution.ts';
import { LANES } from './seen.ts';

const SEEDS = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35] as const;

export class Signatures {
  /** For each depth, the sum of what lies before. */
  private readonly sums: Int32Array[] = [new Int32Array(LANES)];
  private readonly result = new Int32Array(LANES);

  /** The last event of the prefix. */
  push(x: Execution): void {
    const d = x.length - 1;
    const event = x.events[d]!;
    const before = this.sums[d]!;
    this.sums[d + 1] ??= new Int32Array(LANES);
    const after = this.sums[d + 1]!;
    for (let lane = 0; lane < LANES; lane++) {
      let h = mix(mix(mix(SEEDS[lane]!, event.actor), event.place), event.choice);
      for (let i = 0; i < x.actors; i++) if (x.reach(d, i) > 0) h = mix(mix(h, i), x.reach(d, i));
      after[lane] = before[lane]! + finish(h);
    }
  }

  /** Of the first d events, and of what else tells prefixes apart. Valid until the next call. */
  at(d: number, more: number): readonly [number, number, number] {
    for (let lane = 0; lane < LANES; lane++) this.result[lane] = finish(mix(this.sums[d]![lane]!, more));
    return this.result as unknown as readonly [number, number, number];
  }
}

function mix(h: number, v: number): number {
  const k = Math.imul(v, 0xcc9e2d51);
  const x = h ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  return (Math.imul((x << 13) | (x >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(h: number): number {
  const a = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return b ^ (b >>> 16);
}
