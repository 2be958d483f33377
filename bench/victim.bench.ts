// SPDX-License-Identifier: GPL-2.0-only
/**
 * `npm run bench -- victim`: how long a page fault takes that happens while memory collapses on another vCPU, each vCPU a real thread; and how often the two
 * wait for a lock. By the clock, so it needs two cores that nobody else uses: the greatest figures tell of the host's scheduler.
 */
import { loadavg } from 'node:os';
import type { Release } from '../src/kernel/changes.ts';
import { Crew } from '../src/workload/threads/crew.ts';
import { THREAD_DEFAULTS, threadTasks } from '../src/workload/threads/tasks.ts';
import type { Victim } from '../src/workload/threads/victim.ts';
import { quantile } from './collapse/figure.ts';

const RANGES = 8;
const ROUNDS = 20;
const ROWS: readonly [Victim['memory'], Release][] = [
  ['anon', '6.6'],
  ['shmem', '6.5'],
  ['shmem', '6.6'],
];

process.stdout.write(`load of the machine ${loadavg()[0]!.toFixed(1)}; a victim's fault, us, by the clock\n\n`);
process.stdout.write(
  '| collapses of | alone: p50 | p99 | p99.9 | max | meanwhile: p50 | p99 | p99.9 | max | faults meanwhile | lock waits a collapse | a 1000 faults |\n',
);
process.stdout.write(`|${' --- |'.repeat(12)}\n`);
for (const [memory, release] of ROWS) {
  const program: Victim = { program: 'victim', memory, ranges: RANGES, rounds: ROUNDS, alone: 20_000 };
  const crew = new Crew(new URL('./vcpu.mjs', import.meta.url), threadTasks({ ...THREAD_DEFAULTS, release, cpus: 2 }, program), 60_000);
  const { ends, died, hung } = await crew.end();
  const trouble = [...died, ...hung].map(({ what }) => what).concat(ends.flatMap(({ stopped }) => stopped ?? []));
  if (trouble.length > 0) throw new Error(trouble.join('\n'));
  const [collapses, faults] = ends.sort((a, b) => a.cpu - b.cpu).map(({ victim }) => victim!);
  const { alone, during } = faults!;
  const cells = [
    `${memory}, ${release}`,
    ...[alone, during].flatMap((us) => [0.5, 0.99, 0.999, 1].map((q) => quantile(us, q).toFixed(1))),
    `${during.length}`,
    (collapses!.lockWaits / (RANGES * ROUNDS)).toFixed(2),
    ((1000 * faults!.lockWaits) / during.length).toFixed(2),
  ];
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
