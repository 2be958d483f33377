// SPDX-License-Identifier: GPL-2.0-only
/**
 * Where values lie along an axis of a chart, and which of them are written there: round ones.
 */
import type { Axis } from './charts.ts';

export interface Scale {
  at(v: number): number;
  ticks: number[];
}

const TICKS = 5;
/** Room beyond the least and the greatest value, as a part of the axis. */
const ROOM = 0.04;

/** Multiples of 1, 2 or 5 times a power of ten. */
function linearTicks(low: number, high: number): number[] {
  const rough = (high - low) / TICKS || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((s) => s >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  const n = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: n }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** 1, 2 and 5 times powers of ten; fewer where that is too many, as on a linear axis where it is too few. */
function logTicks(low: number, high: number): number[] {
  const powers: number[] = [];
  for (let k = Math.floor(Math.log10(low)); k <= Math.log10(high); k++) powers.push(k);
  const of = (digits: readonly number[]): number[] =>
    powers.flatMap((k) => digits.map((d) => Number(`${d}e${k}`))).filter((v) => v >= low && v <= high);
  const fine = of([1, 2, 5]);
  if (fine.length < 3) return linearTicks(low, high);
  return fine.length > 2 * TICKS ? of([1]) : fine;
}

/** @param from, to where the least and the greatest value lie; a linear axis begins at 0, or has it between its ends */
export function scaleOf(values: readonly number[], { scale }: Axis, from: number, to: number): Scale {
  const log = scale === 'log' || scale === 'log2';
  const f = (v: number): number => (log ? Math.log10(Math.max(v, Number.MIN_VALUE)) : v);
  const back = (u: number): number => (log ? 10 ** u : u);
  const shown = log ? values.filter((v) => v > 0) : [0, ...values];
  const [least, most] = [f(Math.min(...shown)), f(Math.max(...shown))];
  const room = ROOM * (most - least || 1);
  const low = least - (log || least < 0 ? room : 0);
  const high = most + room;
  return {
    at: (v) => from + ((Math.max(f(v), low) - low) / (high - low)) * (to - from),
    ticks: log ? logTicks(back(low), back(high)) : linearTicks(low, high),
  };
}
