// SPDX-License-Identifier: GPL-2.0-only
/** Many measurements as one figure. */
import type { Figure } from './row.ts';

/** @param q 0 to 1 */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export const figure = (values: readonly number[]): Figure => ({
  median: quantile(values, 0.5),
  low: quantile(values, 0.25),
  high: quantile(values, 0.75),
});
