// SPDX-License-Identifier: GPL-2.0-only
/** A thread that measures one row: what V8 has made of the code for the rows before it, whose machines differ, has no part in that. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Options } from './erased/measure.ts';
import type { Row } from './row.ts';

const { measureRow } = await import('./erased/measure.ts');
const { row, options } = workerData as { row: Row; options: Options };
parentPort!.postMessage(measureRow(row, options));
