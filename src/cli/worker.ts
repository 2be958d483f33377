// SPDX-License-Identifier: GPL-2.0-only
/**
 * A worker thread of the pool: checks one cell after another. As in paelab.ts, source maps come first.
 */
import type { Task } from './task.ts';

process.setSourceMapsEnabled(true);
const loaded = import('./task.ts');

export const check = async (task: Task): Promise<unknown> => (await loaded).runTask(task);
