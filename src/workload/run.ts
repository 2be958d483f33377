// SPDX-License-Identifier: GPL-2.0-only
/**
 * Runs a case on a machine of its own, operation by operation.
 */
import type { Machine } from '../../cpu/machine.ts';
import type { PhysMem } from '../../mmu/phys-mem.ts';
import type { TimedRow } from '../report/timed-row.ts';
import { Interrupted } from './interrupted.ts';
import type { TraceFormat } from './measure.ts';
import type { Operation } from './operation.ts';
import { Performer } from './perform.ts';
import type { OpResult } from './result.ts';
import { Timeline } from './timeline.ts';
import { World, type WorldConfig } from './world.ts';

/** Transitions between two looks at whether to stop: some milliseconds. */
const BEAT = 2 ** 15;

export interface Watch {
  /** Told now and then how far the machine is. */
  progress(world: World): void;
  stopped(): boolean;
  /** If it is there: told what happened during each operation. */
  timeline?(rows: TimedRow[]): void;
}

/**
 * @param mem all zero
 * @param format of the trace; null: there is none
 * @throws UsageError, naming the operation, for one that makes no sense where it stands; Stopped at a violation of the kernel's
 */
export function* runCase(
  operations: readonly Operation[],
  config: WorldConfig,
  mem: PhysMem,
  format: TraceFormat | null,
  watch: Watch,
): Generator<OpResult> {
  const world = new World(config, mem);
  world.m.onBeat = (m: Machine): void => {
    m.nextBeat = m.seq + BEAT;
    watch.progress(world);
    if (watch.stopped()) throw new Interrupted();
  };
  world.m.nextBeat = 0;
  const performer = new Performer(world, format);
  const timeline = watch.timeline === undefined ? null : new Timeline(world);
  world.timeline = world.m.watcher = world.k.tracer = timeline;
  for (const operation of operations) {
    const result = timeline === null ? performer.perform(operation) : timeline.during(operation, () => performer.perform(operation));
    if (timeline !== null) watch.timeline!(timeline.take());
    yield result;
  }
}
