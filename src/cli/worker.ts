// SPDX-License-Identifier: GPL-2.0-only
/**
 * A worker thread of the pool: does one task after another. As in paelab.ts, source maps come first.
 */
import type { LitmusTask } from './litmus-task.ts';
import type { RunTask } from './run-task.ts';
import type { PieceTask, ReportTask, Task } from './task.ts';

process.setSourceMapsEnabled(true);
const loaded = import('./task.ts');

export const check = async (task: Task): Promise<unknown> => (await loaded).runTask(task);
export const piece = async (task: PieceTask): Promise<unknown> => (await loaded).runPiece(task);
export const report = async (task: ReportTask): Promise<unknown> => (await loaded).runReport(task);

export const litmus = async (task: LitmusTask): Promise<unknown> => (await import('./litmus-task.ts')).runLitmus(task);

export const workload = async (task: RunTask): Promise<unknown> => (await import('./run-task.ts')).runWorkload(task);
