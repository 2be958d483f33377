// SPDX-License-Identifier: GPL-2.0-only
/** The cases of a file: a JSON array of them. */
import { readFileSync } from 'node:fs';
import { UsageError } from '../../usage-error.ts';
import type { Text } from '../kind.ts';

/** @throws UsageError for a file that cannot be read or is no array */
export function readCases(file: string): Text[] {
  let cases: unknown;
  try {
    cases = JSON.parse(readFileSync(file, 'utf8'));
  } catch (e) {
    throw new UsageError(`${file}: cannot be read (${(e as Error).message})`);
  }
  if (!Array.isArray(cases)) throw new UsageError(`${file}: not a list of cases`);
  return cases.map((one, i) => ({ place: `${file}[${i}]`, text: JSON.stringify(one) }));
}
