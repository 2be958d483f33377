// SPDX-License-Identifier: GPL-2.0-only
/**
 * The document of a study: charts and tables that a page draws, and behind them everything that was measured.
 */
import type { Study as Drawn, Table as DrawnTable } from '../report/chart.ts';

export type { Axis, Chart, Point } from '../report/chart.ts';

export interface Table extends DrawnTable {
  /** Of each column; empty: none. */
  unit: string[];
}

export interface Study extends Drawn {
  schema: 'paelab/study';
  version: 1;
  command: string;
  /** Every run came to its end. */
  complete: boolean;
  notes: string[];
  tables: Table[];
  /** Every run with all that was measured, and the constants that it was run with. */
  cells: object[];
  constants: object;
}
