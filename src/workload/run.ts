// SPDX-License-Identifier: GPL-2.0-only
/**
 * Runs a case on a machine of its own, operation by operation.
 */
import type { Operation } from './operation.ts';
import { Performer } from './perform.ts';
import type { OpResult } from './result.ts';
import { World, type WorldConfig, worldMemory } from './world.ts';

/**
 * @param words all zero: where the machine's memory lies
 * @throws UsageError, naming the operation, for one that makes no sense where it stands; Stopped at a violation of the kernel's
 */
export function* runCase(operations: readonly Operation[], config: WorldConfig, words: Int32Array, traced = true): Generator<OpResult> {
  const performer = new Performer(new World(config, worldMemory(words)), traced);
  for (const operation of operations) yield performer.perform(operation);
}
