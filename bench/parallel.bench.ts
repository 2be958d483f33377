// SPDX-License-Identifier: GPL-2.0-only
/**
 * `npm run bench -- parallel`: collapses of separate processes by one thread, and by two at the same time, round by round in turns. By the clock the best round of each
 * counts, and this needs two cores that nobody else uses. So there is a second figure, by the time that the threads ran: what they cost each other in locks
 * that they spin for and cache lines that they take from each other is in it, what neighbours on the machine cost them is not, or to both alike: the median of the rounds.
 */
import { loadavg } from 'node:os';
import { measure, type Round } from './parallel/measure.ts';

const ROUNDS = 5;

const one: Round[] = [];
const two: Round[] = [];
process.stdout.write(
  `load of the machine ${loadavg()[0]!.toFixed(1)}; collapses of 2 MiB a second, and how long a thread wanted a core and had none\n`,
);
process.stdout.write('round   1 thread   by core time   no core   2 threads   by core time   no core\n');
const columns = ({ perSecond, perCoreSecond, starved }: Round): string =>
  `${perSecond.toFixed(0).padStart(11)}${perCoreSecond.toFixed(0).padStart(15)}${(100 * starved).toFixed(0).padStart(8)} %`;
for (let i = 0; i < ROUNDS; i++) {
  const [a, b] = [await measure(1), await measure(2)];
  one.push(a);
  two.push(b);
  process.stdout.write(`${`${i + 1}`.padEnd(5)}${columns(a)}  ${columns(b)}\n`);
}
const ratio = (of: (round: Round) => number): string => (Math.max(...two.map(of)) / Math.max(...one.map(of))).toFixed(2);
process.stdout.write(
  `two threads are ${ratio((r) => r.perSecond)} times one by the clock, ${ratio((r) => r.perCoreSecond)} times by core time\n`,
);
