// SPDX-License-Identifier: GPL-2.0-only
/**
 * A machine whose vCPUs are threads, before there are any: its memory, its board, and what each thread is given.
 */
import { createBoard } from '../../../cpu/parallel/board.ts';
import { PAGE_WORDS } from '../../../mmu/phys-mem.ts';
import { FRAME_WORDS } from '../../../mmu/types.ts';
import { wholeRoom } from '../../host/room.ts';
import { UsageError } from '../../usage-error.ts';
import { OBJECT_WORDS, type WorldConfig } from '../world.ts';
import type { ThreadTask } from './run.ts';

/** Frames beyond those of RAM: the zero page, and a block that is asked for in vain when RAM runs out. */
const MORE_FRAMES = 2048;

/** Enough for what the programs do, and committed as it is touched. */
const DEFAULT_BYTES = 2 ** 28;
export const THREAD_DEFAULTS: WorldConfig = { release: '6.6', cpus: 2, bytes: DEFAULT_BYTES };

/** @throws UsageError where the host has not so much memory */
export function threadTasks(config: WorldConfig, program: ThreadTask['program'], without: readonly string[] = []): ThreadTask[] {
  const board = createBoard(config.cpus);
  const words = memory(config.bytes);
  return Array.from({ length: config.cpus }, (_, cpu) => ({ cpu, config, words, board, without, program }));
}

function memory(bytes: number): Int32Array {
  try {
    return wholeRoom(OBJECT_WORDS + (Math.ceil(bytes / 4096) + MORE_FRAMES) * (PAGE_WORDS + FRAME_WORDS));
  } catch (e) {
    if (e instanceof RangeError) throw new UsageError(`memory=${bytes / 2 ** 20}: ${e.message}`);
    throw e;
  }
}
