// SPDX-License-Identifier: GPL-2.0-only
/**
 * Events per second of the timed engine by vCPUs, and 10,000 shootdowns on 256 vCPUs, each to all others; CPU time of this process. An event is an
 * operation or a store of the kernel's. Beside them the direct engine on the same operations and the same build, which has neither clocks nor other CPUs' turns.
 */

import { NULL, type Ptr } from '../mmu/types.ts';
import { costsOf, PROFILES } from '../src/engines/timed/costs.ts';
import { mm_alloc } from '../src/kernel/kernel/fork/mm_alloc.ts';
import { policyNamed } from '../src/policies/index.ts';
import { BenchMachine, StudyMemory } from '../src/study/bench-machine.ts';
import { roundOf } from '../src/study/operations.ts';
import { madvise, mmap } from '../src/workload/syscalls.ts';
import { store } from '../src/workload/user.ts';
import { DEFAULTS, World } from '../src/workload/world.ts';

const AT = 0x40000000;
const SHOOTDOWNS = 10_000;
const profile = PROFILES['haswell-1s'];
const memory = new StudyMemory();

/** CPU seconds of some work. */
function seconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

interface Row {
  what: string;
  shootdowns: number;
  ipis: number;
  events: number;
  seconds: number;
}

function timed(cpus: number, shootdowns: number): Row {
  const b = new BenchMachine({ cpus, policy: policyNamed('linux'), profile, costs: costsOf(profile), seed: 1, idle: 0 }, memory);
  const round = roundOf(b, 'dontneed', 1);
  const nothing = { begin() {}, end() {} };
  const { m } = b.world;
  const from = { events: m.seq, ipis: m.counters.ipis };
  const sec = seconds(() =>
    b.run(function* (c) {
      for (let i = 0; i < shootdowns; i++) yield* round(c, nothing);
    }),
  );
  return { what: `timed, ${cpus} vCPUs`, shootdowns, ipis: m.counters.ipis - from.ipis, events: m.seq - from.events, seconds: sec };
}

function direct(cpus: number, shootdowns: number): Row {
  const w = new World({ ...DEFAULTS, release: '6.6', cpus, callbacks: 8 }, memory.next());
  const p = w.addProcess(
    'P0',
    0,
    w.run(0, (c) => mm_alloc(c)),
  );
  for (let cpu = 1; cpu < cpus; cpu++) w.addThread(p, cpu, true);
  mmap(w, p, AT, 1, 'rw', false, NULL as Ptr, 0);
  const from = { events: w.m.seq, ipis: w.m.counters.ipis };
  const sec = seconds(() => {
    for (let i = 0; i < shootdowns; i++) {
      madvise(w, p, AT, 1, 'DONTNEED');
      store(w, p, AT, 1, i, 0, 1);
    }
  });
  return { what: `direct, ${cpus} vCPUs`, shootdowns, ipis: w.m.counters.ipis - from.ipis, events: w.m.seq - from.events, seconds: sec };
}

const rows = [direct(4, 5000), timed(4, 5000), direct(64, 500), timed(64, 500), timed(256, 200), timed(256, SHOOTDOWNS)];
console.log('what                 shootdowns       IPIs     events   CPU s   events/s');
for (const r of rows) {
  const cells = [
    r.what.padEnd(20),
    String(r.shootdowns).padStart(10),
    String(r.ipis).padStart(10),
    String(r.events).padStart(10),
    r.seconds.toFixed(2).padStart(7),
    Math.round(r.events / r.seconds)
      .toLocaleString('en-US')
      .padStart(10),
  ];
  console.log(cells.join(' '));
}
console.log('Above 64 vCPUs no 32-bit kernel ran.');
