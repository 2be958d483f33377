// SPDX-License-Identifier: GPL-2.0-only
/** The machine that figures are of: those of different ones are not to be compared. */
import { availableParallelism, cpus, totalmem } from 'node:os';

export const machineOf = () => ({
  cpu: cpus()[0]?.model ?? '',
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
});
