// SPDX-License-Identifier: GPL-2.0-only
/**
 * Charts and tables as data: what a study or a benchmark writes as JSON, and a page draws. docs/pages.md has the format.
 */

export interface Axis {
  label: string;
  /** "ns", "IPIs"; absent: it has none. */
  unit?: string;
  /** @default linear */
  scale?: 'linear' | 'log' | 'log2';
}

/** x and y; low and high are the ends of an error bar. */
export type Point = [x: number, y: number] | [x: number, y: number, low: number, high: number];

export interface Series {
  name: string;
  /** x ascending. */
  points: Point[];
}

export interface Chart {
  title: string;
  /** One sentence. */
  about?: string;
  /** @default line */
  kind?: 'line' | 'bars' | 'steps';
  x: Axis;
  y: Axis;
  /** Of categories: x is an index into these. */
  names?: string[];
  series: Series[];
}

export interface Table {
  title: string;
  columns: string[];
  rows: (string | number)[][];
}

export interface Study {
  title: string;
  /** How to get it again. */
  command?: string;
  /** One sentence each. */
  notes?: string[];
  charts: Chart[];
  tables?: Table[];
}
