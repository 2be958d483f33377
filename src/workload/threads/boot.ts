// SPDX-License-Identifier: GPL-2.0-only
/**
 * How a thread gets to know the machine. What lies in emulated memory it shares; what a kernel keeps beside it (where its objects lie, which frames are
 * backed, what is loaded in each MMU) is the same for all, since booting is deterministic: so every thread boots the machine, one after the other and each on
 * memory that is empty again, and the last boot stays.
 */
import { FRAMES, OBJECT_TOP, rowOf, TURN } from '../../../cpu/parallel/board.ts';
import { self } from '../../../cpu/parallel/self.ts';
import { foldTallies } from '../../../cpu/parallel/tally.ts';
import { setMemory } from '../../../mmu/parallel/whole-entry.ts';
import { backFrame, clearMem, type PhysMem } from '../../../mmu/phys-mem.ts';
import type { Pfn } from '../../../mmu/types.ts';
import { allGuards } from '../../kernel/guards.ts';
import { zone as struct_zone } from '../../kernel/include/linux/mmzone.ts';
import { run_work } from '../../kernel/kernel/workqueue.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { World, type WorldConfig, worldMemory } from '../world.ts';

/** What a thread is given. */
export interface ThreadData {
  cpu: number;
  config: WorldConfig;
  words: Int32Array;
  board: Int32Array;
  /** Guards that are switched off, by name. */
  without: readonly string[];
}

/** @param prepare what else all threads have to know: processes, files. It ends with the machine as every other thread leaves it */
export function bootInTurn<T>({ cpu, config, words, board, without }: ThreadData, prepare: (w: World) => T): { world: World; prepared: T } {
  for (let turn = Atomics.load(board, TURN); turn !== cpu; turn = Atomics.load(board, TURN)) Atomics.wait(board, TURN, turn);
  self.board = board;
  self.row = rowOf(cpu);
  const mem = worldMemory(words);
  if (cpu > 0) clearMem({ ...mem, objectTop: board[OBJECT_TOP]!, frames: board[FRAMES]! });
  setMemory(words);
  const world = new World(config, mem);
  const prepared = prepare(world);
  foldTallies(world.m.contexts[0]!);
  board[OBJECT_TOP] = mem.objectTop;
  board[FRAMES] = mem.frames;
  Atomics.store(board, TURN, cpu + 1);
  Atomics.notify(board, TURN);
  for (let turn = cpu + 1; turn < config.cpus; turn = Atomics.load(board, TURN)) Atomics.wait(board, TURN, turn);
  backAll(world.k, mem);
  world.m.parallel = true;
  world.m.guardsOff = without.length === 0 ? null : new Set(allGuards().flatMap(({ name, id }) => (without.includes(name) ? [id] : [])));
  self.cpu = cpu;
  self.giveWay = (c) => void run_work(c);
  return { world, prepared };
}

/** Every frame of RAM gets its place now, the same one in every thread: nobody could tell the others later. */
function backAll({ globals }: Kernel, mem: PhysMem): void {
  for (const zone of [globals.zone_normal, globals.zone_highmem]) {
    if (zone === 0) continue;
    for (const range of [0, 2]) {
      const end = mem.words[zone + struct_zone.range + range + 1]! >>> 0;
      for (let pfn = mem.words[zone + struct_zone.range + range]! >>> 0; pfn < end; pfn++) backFrame(mem, pfn as Pfn);
    }
  }
}
