// SPDX-License-Identifier: GPL-2.0-only
/** Recorded cases by their names. */
import { readCases } from '../../src/conformance/collapse/cases.ts';
import { type CollapseRecord, parseRecord } from '../../src/conformance/collapse/record.ts';

export const casesOf = (group: string): CollapseRecord[] =>
  readCases(`test/vectors/collapse/${group}.json`).map(({ text, place }) => parseRecord(text, place));

export function caseNamed(id: string): CollapseRecord {
  const found = casesOf(id.replace(/\..*/, '')).find((record) => record.id === id);
  if (found === undefined) throw new Error(`no case ${id}`);
  return found;
}
