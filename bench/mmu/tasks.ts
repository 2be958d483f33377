// SPDX-License-Identifier: GPL-2.0-only
/**
 * The questions: each a loop with the stream that it runs on, and what it is compared with. Where the page tables lie, and how many pages are in use,
 * decides what happens: 16 pages stay in the first level of the TLB, 512 in the second, 65,536 in none.
 */
import { READ } from '../../mmu/access.ts';
import * as loops from './loops.ts';
import { BASE, PAGES, World } from './world.ts';

export interface Task {
  name: string;
  /** Accesses, or instructions, in one call. */
  operations: number;
  run(): number;
  /** The same loop without the access, and with a bare load instead. */
  empty(): number;
  bare?(): number;
  /** Bound of the median, in ns net of the loop. */
  most: number;
}

const SHORT = 4096;
const LONG = 65536;
const PAGE_MASK = 0xffff;

export function tasks(seed: number): { tasks: Task[]; begin(task: Task): void } {
  const w = new World(seed);
  const { mmu, mem } = w;
  const sixteen = w.frames(16, true);
  const high = w.map(sixteen, true);
  const low = w.map(w.frames(16, false), false);
  const others = w.map(w.frames(16, true), true);
  const scattered = w.frames(PAGES, true);
  const real = w.map(scattered, true);
  const hot = w.stream(SHORT, 16);
  const warm = w.stream(LONG, 512);
  const cold = w.stream(LONG, PAGES);
  // Contiguous words to compare with: the frames of 16 pages lie in slots one after the other.
  const base = w.words(sixteen[0]!);
  for (const pfn of sixteen)
    for (let i = 0; i < 1024; i++) mem.words[w.words(pfn) + i] = BASE + (i % 16) * 4096 + ((i * 421 + 7) % 1024) * 4;

  const bare = () => loops.bare(mem.words, base, PAGE_MASK, hot);
  // As many words, in nearly the same places: between these frames lie their page tables.
  const bareReal = () => loops.bare(mem.words, w.words(scattered[0]!), PAGES * 4096 - 1, cold);
  const of = (stream: Int32Array) => ({ operations: stream.length, empty: () => loops.empty(stream) });
  const tables = new Map<string, number>([
    ['miss, walk and fill, below 4 GiB', low],
    ['random pages of 256 MiB', real],
    ['hit, store', others],
  ]);
  return {
    begin: (task) => w.load(tables.get(task.name) ?? high),
    tasks: [
      { name: 'hit, load', ...of(hot), run: () => loops.load(mmu, hot), bare, most: 1.5 },
      { name: 'hit, load, checked and counted', ...of(hot), run: () => loops.counted(mmu, hot, READ), bare, most: 2.5 },
      { name: 'hit, store', ...of(hot), run: () => loops.store(mmu, hot), bare, most: 2.5 },
      {
        name: 'hit, each load on the last',
        ...of(hot),
        run: () => loops.chain(mmu, hot),
        bare: () => loops.bareChain(mem.words, base, PAGE_MASK, hot),
        most: 6,
      },
      { name: 'second level', ...of(warm), run: () => loops.miss(mmu, warm), most: 15 },
      { name: 'miss, walk and fill', ...of(cold), run: () => loops.miss(mmu, cold), most: 30 },
      { name: 'miss, walk and fill, below 4 GiB', ...of(cold), run: () => loops.miss(mmu, cold), most: 30 },
      { name: 'random pages of 256 MiB', ...of(cold), run: () => loops.miss(mmu, cold), bare: bareReal, most: 80 },
      { name: 'MOV CR3', ...of(hot), run: () => loops.movCr3(mmu, hot, high), most: 10 },
      { name: 'MOV CR3 and 8 pages, a page', ...of(hot), run: () => loops.movCr3AndTouch(mmu, hot, high), most: 30 },
      { name: 'INVLPG and refill', ...of(hot), run: () => loops.invlpgAndTouch(mmu, hot), most: 15 },
    ],
  };
}
