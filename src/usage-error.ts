// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the user asked for, or gave as input, cannot be: one line, exit code 2.
 */
export class UsageError extends Error {
  override name = 'UsageError';
}
