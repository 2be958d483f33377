// SPDX-License-Identifier: GPL-2.0-only
/**
 * `npm run bench -- parallel`: collapses of separate processes by one thread, and by two at the same time, round by round in turns; what counts is the median of
 * their ratios. By the clock this needs two cores that nobody else uses. So there is a second figure, by the time that the threads ran: what they cost
 * each other is in it, in locks that they spin for and cache lines that they take from each other; what neighbours cost them is in both alike.
 */
import { loadavg } from 'node:os';
import { measure, type Round } from './parallel/measure.ts';

const ROUNDS = 7;

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
const ratio = (of: (round: Round) => number): string =>
  one
    .map((round, i) => of(two[i]!) / of(round))
    .sort((a, b) => a - b)
    [ROUNDS >> 1]!.toFixed(2);
process.stdout.write(
  `two threads are ${ratio(({ perSecond }) => perSecond)} times one by the clock, ${ratio(({ perCoreSecond }) => perCoreSecond)} by core time, medians\n`,
);
