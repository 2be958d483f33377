// SPDX-License-Identifier: GPL-2.0-only
import { at, atomic, type Code, load, newObject, type Ptr, scenario, store, struct, type Vcpu, waitLoad, witness } from 'paelab';

const box = struct('box', { work: atomic, sleeping: atomic });

interface World {
  work: Ptr;
  sleeping: Ptr;
}

/** Says that it sleeps, and does so unless there is work. */
function* sleeper(c: Vcpu, w: World): Code {
  yield* store(c, w.sleeping, 1);
  if ((yield* load(c, w.work)) === 1) return;
  yield* waitLoad(c, w.sleeping, -1, 0);
  witness(c, 'the sleeper was woken');
}

/** Brings work, and wakes who sleeps. */
function* waker(c: Vcpu, w: World): Code {
  yield* store(c, w.work, 1);
  if ((yield* load(c, w.sleeping)) === 1) yield* store(c, w.sleeping, 0);
}

export const wake = scenario<World>({
  name: 'wake',
  about: 'a wake-up: is it ever lost?',
  axes: {},
  bounds: ['one sleeper, one wake-up'],
  machine: () => ({ cpus: 2, callbacks: 0 }),
  setup(_, k) {
    const p = newObject(k, box, 'box');
    return { work: at(p, box.work), sleeping: at(p, box.sleeping) };
  },
  programs: (w) => [
    { cpu: 0, comm: 'sleeper', run: (c) => sleeper(c, w) },
    { cpu: 1, comm: 'waker', run: (c) => waker(c, w) },
  ],
  reachable: () => ['the sleeper was woken'],
});
