// SPDX-License-Identifier: GPL-2.0-only
import { at, type Code, load, newObject, type Ptr, poke, scenario, store, struct, u64, type Vcpu, violate, witness } from 'paelab';

/** One PAE entry: two words, low half first. */
const slot = struct('slot', { entry: u64 });

interface World {
  low: Ptr;
  high: Ptr;
}

const OLD = { low: 0x1067, high: 1 };
const NEW = { low: 0x2067, high: 2 };

function* writer(c: Vcpu, w: World, order: string): Code {
  if (order === 'high-first') yield* store(c, w.high, NEW.high);
  yield* store(c, w.low, NEW.low);
  if (order === 'low-first') yield* store(c, w.high, NEW.high);
}

function* reader(c: Vcpu, w: World): Code {
  const low = yield* load(c, w.low);
  const high = yield* load(c, w.high);
  if (low !== NEW.low) return;
  witness(c, 'the new entry was read');
  if (high !== NEW.high) violate(c, 'check', `low half of the new entry with high half ${high}`);
}

export const half = scenario<World>({
  name: 'half',
  about: 'a reader that trusts a new low half to come with its high half',
  axes: {
    order: { values: ['high-first', 'low-first'], default: 'high-first', about: 'the half that is written first' },
  },
  bounds: ['one change of one entry, one read of it'],
  machine: () => ({ cpus: 2, callbacks: 0 }),
  setup(c, k) {
    const p = newObject(k, slot, 'slot');
    const w = { low: at(p, slot.entry), high: at(p, slot.entry + 1) };
    poke(c, w.low, OLD.low);
    poke(c, w.high, OLD.high);
    return w;
  },
  programs: (w, config) => [
    { cpu: 0, comm: 'writer', run: (c) => writer(c, w, config.order!) },
    { cpu: 1, comm: 'reader', run: (c) => reader(c, w) },
  ],
  reachable: () => ['the new entry was read'],
});
