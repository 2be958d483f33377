// SPDX-License-Identifier: GPL-2.0-only
/**
 * The thread itself: a worker is one vCPU, so what belongs to that vCPU alone lies in its modules. Until it starts, it boots the machine for all.
 *
 * Reference: docs/parallel.md, "One vCPU, one thread".
 */
import type { Vcpu } from '../vcpu.ts';
import { rowOf } from './board.ts';

export const self = {
  /** Number of the vCPU; -1 while the machine boots, and this thread acts for all of them. */
  cpu: -1,
  board: new Int32Array(rowOf(1)) as Int32Array,
  /** First word of the own row. */
  row: rowOf(0),
  /** What the kernel does where a task sleeps or gives way: work that other vCPUs have asked this one for. */
  giveWay: (_c: Vcpu): void => {},
};
