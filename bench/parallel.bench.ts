// SPDX-License-Identifier: GPL-2.0-only
/**
 * `npm run bench -- parallel`: collapses of separate processes by one thread, and by two at the same time, round by round in turns. By the clock the best round
 * of each counts, and this needs two cores that nobody else uses. So there is a second figure, by the time that the threads ran, the median of the rounds:
 * what they cost each other is in it, in locks that they spin for and cache lines that they take from each other; what neighbours cost them is in both alike.
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
const best = (rounds: readonly Round[]): number => Math.max(...rounds.map((round) => round.perSecond));
const ratios = one.map((round, i) => two[i]!.perCoreSecond / round.perCoreSecond).sort((a, b) => a - b);
const byClock = (best(two) / best(one)).toFixed(2);
process.stdout.write(
  `two threads are ${byClock} times one by the clock, best rounds; ${ratios[ROUNDS >> 1]!.toFixed(2)} times by core time, median\n`,
);
