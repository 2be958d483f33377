// SPDX-License-Identifier: GPL-2.0-only
/**
 * The machine alone: one fixed schedule of three programs over and over, without any reduction. What is left is what an execution costs at least.
 */
import { startLoad } from '../../cpu/arm.ts';
import { Machine } from '../../cpu/machine.ts';
import { allocObject, createPhysMem } from '../../mmu/phys-mem.ts';
import type { Ptr } from '../../mmu/types.ts';
import { drive, type Strategy } from '../../src/engines/strategy.ts';
import { repeat } from './measure.ts';

const CPUS = 3;
const OPERATIONS = 200;
const WORDS = 16;

function threeLoaders(): Machine {
  const mem = createPhysMem(256, 1);
  const m = new Machine({ cpus: CPUS, callbacks: 0, interrupts: false, mem });
  const base = allocObject(mem, WORDS);
  m.programs = Array.from({ length: CPUS }, (_, me) => [
    function* (c) {
      for (let i = me; i < OPERATIONS; i += CPUS) {
        startLoad(c, (base + (i % WORDS)) as Ptr);
        yield;
      }
    },
  ]);
  m.boot(() => undefined);
  return m;
}

/** Another actor at each transition. */
class Schedule implements Strategy {
  private at = 0;
  private readonly goOn: () => boolean;

  constructor(goOn: () => boolean) {
    this.goOn = goOn;
  }

  begin(): boolean {
    this.at = 0;
    return this.goOn();
  }

  replay(): number {
    return this.at < OPERATIONS ? this.at++ % CPUS : -1;
  }

  pick(): number {
    return -1;
  }

  choose(): number {
    return 0;
  }

  end(): void {}
}

export interface Replays {
  operations: number;
  replaysPerSecond: number;
  transitionsPerSecond: number;
}

const AT_ONCE = 1000;

export function replays(seconds: number): Replays {
  const m = threeLoaders();
  const { runs, seconds: took } = repeat(seconds, () => {
    let left = AT_ONCE;
    drive(m, new Schedule(() => left-- > 0), () => true);
  });
  const replaysPerSecond = (runs * AT_ONCE) / took;
  return { operations: OPERATIONS, replaysPerSecond, transitionsPerSecond: replaysPerSecond * OPERATIONS };
}
