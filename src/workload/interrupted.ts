// SPDX-License-Identifier: GPL-2.0-only
/** Whoever runs a workload wants it to end where it is: the machine is of no use any more, what it has counted is told. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}
