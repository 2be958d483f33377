// SPDX-License-Identifier: GPL-2.0-only
/**
 * Runs a recorded case on a machine of its own.
 */
import { clearMem, type PhysMem } from '../../../mmu/phys-mem.ts';
import { Stopped } from '../../engines/direct.ts';
import { audit } from '../../invariants/audit.ts';
import { UsageError } from '../../usage-error.ts';
import { Performer } from '../../workload/perform.ts';
import type { Changes } from '../../workload/releases.ts';
import { rootsOf } from '../../workload/roots.ts';
import { type Engine, World, type WorldConfig, worldMemory } from '../../workload/world.ts';
import { Comparison } from './levels.ts';
import type { CollapseRecord } from './record.ts';

/** 4 GiB: more than any case touches. */
const WORDS = 2 ** 30;

/** Memory of the machines, one after the other. */
export class Machines {
  private readonly words = new Int32Array(new SharedArrayBuffer(WORDS * 4));
  private last: PhysMem | null = null;
  readonly config: WorldConfig;
  private readonly engine: Engine | undefined;

  /** @param engine absent: the direct one */
  constructor(config: WorldConfig, engine?: Engine) {
    this.config = config;
    this.engine = engine;
  }

  /** @param changes in the place of those that the release has */
  next(changes?: Changes): World {
    const { words, last } = this;
    if (last !== null) clearMem(last);
    this.last = worldMemory(words);
    return new World(changes === undefined ? this.config : { ...this.config, changes }, this.last, this.engine);
  }
}

/** A kernel that stops is a difference too. */
export function runCase(machines: Machines, record: CollapseRecord, changes?: Changes): Comparison {
  const comparison = new Comparison(record);
  let i = 0;
  try {
    const world = machines.next(changes);
    const performer = new Performer(world);
    for (; i < record.operations.length; i++) comparison.compare(i, performer.perform(record.operations[i]!));
    comparison.audited(audit(world.k, rootsOf(world)));
  } catch (e) {
    if (e instanceof UsageError || !(e instanceof Error)) throw e;
    comparison.ended(i, e instanceof Stopped ? e.message : String(e.stack));
  }
  return comparison;
}
