// SPDX-License-Identifier: GPL-2.0-only
/**
 * A study as data: charts and tables that anybody can draw. What `paelab study --json` prints is one such document.
 */

/** [x, y], or with the ends of an error bar: [x, y, low, high]. */
export type Point = readonly [number, number] | readonly [number, number, number, number];

export interface Axis {
  label: string;
  unit?: string;
  scale?: 'linear' | 'log' | 'log2';
}

export interface Chart {
  title: string;
  /** One sentence. */
  about?: string;
  kind?: 'line' | 'bars' | 'steps';
  x: Axis;
  y: Axis;
  /** Categories: x is then an index into these. */
  names?: readonly string[];
  series: readonly { name: string; points: readonly Point[] }[];
}

export interface Table {
  title: string;
  columns: readonly string[];
  rows: readonly (readonly (string | number)[])[];
  unit?: readonly string[];
}

export interface Study {
  schema: 'paelab/study';
  version: 1;
  title: string;
  command: string;
  complete: boolean;
  notes: readonly string[];
  charts: readonly Chart[];
  tables: readonly Table[];
  /** Every run with all that was measured, and the constants that it was run with. */
  cells: readonly object[];
  constants: object;
}
