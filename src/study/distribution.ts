// SPDX-License-Identifier: GPL-2.0-only
/**
 * Many durations in nanoseconds, and what one wants to know of them.
 */

export interface Summary {
  n: number;
  mean: number;
  min: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

const NOTHING: Summary = { n: 0, mean: 0, min: 0, p50: 0, p90: 0, p99: 0, max: 0 };

export class Distribution {
  readonly values: number[] = [];

  add(ns: number): void {
    this.values.push(ns);
  }

  summary(): Summary {
    const sorted = Float64Array.from(this.values).sort();
    const n = sorted.length;
    if (n === 0) return NOTHING;
    const at = (part: number): number => sorted[Math.min(n - 1, Math.ceil(part * n) - 1)]!;
    const mean = sorted.reduce((sum, v) => sum + v, 0) / n;
    return { n, mean, min: sorted[0]!, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted[n - 1]! };
  }

  /** How many lie in each of the bins [from, from * step): empty ones in between too. */
  histogram(step = 2 ** 0.25): { from: number; n: number }[] {
    const bins = new Map<number, number>();
    for (const v of this.values) {
      const bin = Math.floor(Math.log(Math.max(v, 1)) / Math.log(step));
      bins.set(bin, (bins.get(bin) ?? 0) + 1);
    }
    if (bins.size === 0) return [];
    const first = Math.min(...bins.keys());
    const last = Math.max(...bins.keys());
    return Array.from({ length: last - first + 1 }, (_, i) => ({ from: step ** (first + i), n: bins.get(first + i) ?? 0 }));
  }
}
