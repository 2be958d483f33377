// SPDX-License-Identifier: GPL-2.0-only
/**
 * A thread of the parallel engine: one vCPU of a machine, in the build in which marked accesses are Atomics (src/build/parallel-copy.mjs).
 */
import { parentPort, workerData } from 'node:worker_threads';
import { runThread, type ThreadTask } from '../workload/threads/run.ts';

process.setSourceMapsEnabled(true);
parentPort!.postMessage(runThread(workerData as ThreadTask));
