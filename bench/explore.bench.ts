// SPDX-License-Identifier: GPL-2.0-only
/**
 * `npm run bench -- explore [--json] [--processes N] [--seconds S]`: how many executions the exploration needs, beside the fewest that there can be; how
 * fast it runs them, beside native checkers; what the machine alone can do; and whether memory stays flat. Speeds are medians over fresh processes.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { type Count, counts, growth, type Retract, retract, type Speed, speed } from './explore/measure.ts';
import { PEERS } from './explore/peers.ts';
import { type Replays, replays } from './explore/replay.ts';
import { median } from './mmu/measure.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    processes: { type: 'string', default: '3' },
    /** Of CPU time, for each figure. */
    seconds: { type: 'string', default: '2' },
    /** What one of the processes is to do, and with which program. */
    part: { type: 'string' },
    program: { type: 'string', default: '' },
  },
});
const seconds = Number(values.seconds);

const PARTS = {
  speed: () => speed(values.program, seconds),
  retract: () => retract(seconds),
  replays: () => replays(seconds),
  counts,
  growth: () => growth(values.program),
};

/** Runs this file again, for one part. */
function part<T>(name: keyof typeof PARTS, program = ''): T {
  const args = [process.argv[1]!, '--part', name, '--program', program, '--seconds', String(seconds)];
  const { stdout, status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

/** The median of each field over fresh processes. */
function medians<T extends object>(name: keyof typeof PARTS, program = ''): T {
  const runs = Array.from({ length: Number(values.processes) }, () => part<Record<string, number>>(name, program));
  return Object.fromEntries(Object.keys(runs[0]!).map((k) => [k, median(runs.map((run) => run[k]!))])) as T;
}

const LONG = 'sbpairs 9';

function measureAll() {
  return {
    speeds: PEERS.map((peer) => ({ ...peer, ...medians<Speed>('speed', peer.program) })),
    retract: medians<Retract>('retract'),
    replays: medians<Replays>('replays'),
    memory: { program: LONG, ...part<ReturnType<typeof growth>>('growth', LONG) },
    counts: part<Count[]>('counts'),
  };
}

const whole = (v: number): string => Math.round(v).toLocaleString('en-US');
const million = (v: number): string => `${(v / 1e6).toFixed(2)} M`;

function report(all: ReturnType<typeof measureAll>): void {
  console.log('Executions a CPU second, blocked ones included');
  console.table(
    Object.fromEntries(
      all.speeds.map((s) => [
        s.program,
        {
          warm: whole(s.warm),
          'from process start': whole(s.fromStart),
          GenMC: whole(s.genmc),
          Nidhugg: whole(s.nidhugg),
          'x GenMC': (s.warm / s.genmc).toFixed(2),
          'transitions/s': million(s.transitions),
        },
      ]),
    ),
  );
  console.log('Complete executions');
  console.table(
    Object.fromEntries(
      all.counts.map((c) => [
        c.program,
        { optimum: c.optimum, complete: c.complete, redundant: c.redundant, equal: c.optimum === c.complete },
      ]),
    ),
  );
  console.log('Blocked executions, where somebody can wait in vain');
  console.table(Object.fromEntries(all.counts.filter((c) => c.blocks || c.blocked > 0).map((c) => [c.program, { blocked: c.blocked }])));
  const { replays: r, retract: t, memory } = all;
  console.log(
    `replay of ${r.operations} operations of 3 programs, no reduction: ${whole(r.replaysPerSecond)}/s, ${million(r.transitionsPerSecond)} transitions/s (60,000 and 12 M asked for)`,
  );
  console.log(
    `retract, ${whole(t.executions)} executions: ${whole(t.executionsPerSecond)}/s (2,000 asked for), ${million(t.transitionsPerSecond)} transitions/s (3 M asked for), ${million(t.accessesPerSecond)} accesses to memory/s`,
  );
  console.log(
    `memory in ${memory.program}: ${whole(memory.peakMiB)} MiB at most, ${whole(memory.peakMiB - memory.atTenthMiB)} MiB more than in the first tenth`,
  );
}

if (values.part !== undefined) process.stdout.write(JSON.stringify(PARTS[values.part as keyof typeof PARTS]()));
else {
  const all = measureAll();
  if (values.json) {
    const machine = { cpu: cpus()[0]?.model ?? '', cores: availableParallelism(), memoryGiB: Math.round(totalmem() / 2 ** 30) };
    console.log(JSON.stringify({ schema: 'paelab/bench', version: 1, name: 'explore', machine, node: process.version, ...all }, null, 2));
  } else report(all);
}
