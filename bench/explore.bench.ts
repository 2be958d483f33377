// SPDX-License-Identifier: GPL-2.0-only
/**
 * How fast the explorer is: executions and transitions a second on the usual small programs and on the main job. Each figure beside the time of
 * `fib 3` in the same process, so that two machines can be compared by ratio.
 */
import { Bench } from 'tinybench';
import type { Machine } from '../cpu/machine.ts';
import { build, makeCell } from '../src/check/cell.ts';
import { Optimal } from '../src/engines/explore/optimal.ts';
import { drive } from '../src/engines/strategy.ts';
import { fib, indexer, lastzero, readers, sb, sbpairs, writers } from '../src/litmus/benchmarks.ts';
import { retractScenario } from '../src/scenarios/retract/scenario.ts';

const programs: Record<string, () => Machine> = {
  'fib 3': () => fib(3),
  'fib 4': () => fib(4),
  'lastzero 8': () => lastzero(8),
  'indexer 12': () => indexer(12),
  'readers 10': () => readers(10),
  'writers 6': () => writers(6),
  'sb 9': () => sb(9),
  'sbpairs 5': () => sbpairs(5),
  'retract, without the sync': () => build(makeCell(retractScenario, { sync: 'absent' }, []), 1).machine,
};

function explore(m: Machine): Optimal {
  const search = new Optimal(() => {});
  drive(m, search, () => true);
  return search;
}

const bench = new Bench({ time: 500 });
for (const [name, make] of Object.entries(programs)) bench.add(name, () => explore(make()));
await bench.run();

let unit = 0;
const rows = bench.tasks.map((task) => {
  const { executions, blocked, transitions } = explore(programs[task.name]!()).stats;
  const { result } = task;
  if (result.state !== 'completed') throw new Error(`${task.name}: ${result.state}`);
  const ms = result.latency.p50;
  unit ||= ms;
  return {
    program: task.name,
    executions: executions + blocked,
    'ms (median)': Number(ms.toFixed(2)),
    'spread %': Number(result.latency.rme.toFixed(1)),
    'executions/s': Math.round(((executions + blocked) / ms) * 1000),
    'transitions/s': Math.round((transitions / ms) * 1000),
    'x fib 3': Number((ms / unit).toFixed(2)),
  };
});
console.table(rows);
