// SPDX-License-Identifier: GPL-2.0-only
/** Runs workloads from a text, and says all that can be told of them. Bundled once as it is and once erased: both must say the same. */
import { createHash } from 'node:crypto';
import { parseWorkload } from '../../src/workload/parse.ts';
import { Performer } from '../../src/workload/perform.ts';
import { DEFAULTS, World, worldMemory } from '../../src/workload/world.ts';

const WORDS = 2 ** 27;

const hash = (words: Int32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(words.buffer, words.byteOffset, words.byteLength))
    .digest('hex');

/** For each case: what every operation gave, with its counters and its trace; every word of memory; interrupts so far. */
export function runAll(text: string, release: '6.1' | '6.6'): unknown[] {
  return parseWorkload(text, 'text').map(({ name, operations }) => {
    const world = new World({ ...DEFAULTS, release }, worldMemory(new Int32Array(WORDS)));
    const performer = new Performer(world);
    const results = operations.map((op) => performer.perform(op));
    const { mem, counters } = world.m;
    return {
      name,
      results,
      counters,
      objects: hash(mem.words.subarray(0, mem.objectTop)),
      pages: hash(mem.words.subarray(mem.pageBase, mem.pageBase + mem.frames * 16)),
      frames: hash(mem.words.subarray(mem.frameBase, mem.frameBase + mem.frames * 1024)),
      mmus: world.m.mmus.map(({ regs }) => regs),
    };
  });
}
