// SPDX-License-Identifier: GPL-2.0-only
/** Whether a way ended as it should: its code came up, the caller was told the right errno, and memory is in order. */
import { expect, test } from 'vitest';
import { audit } from '../../../../src/invariants/audit.ts';
import { file, mm_struct, vm_area_struct } from '../../../../src/kernel/include/linux/mm_types.ts';
import { SCAN_STATUS } from '../../../../src/kernel/include/trace/events/huge_memory.ts';
import * as scan from '../../../../src/kernel/mm/khugepaged/scan_result.ts';
import type { Outcome, Way } from './way.ts';

/** Every result code by its name, without SCAN_. */
export const codes = new Map(Object.entries(scan).map(([name, code]) => [name.slice('SCAN_'.length), code]));

/** Codes of all tracepoints, and of khugepaged's last range. */
function codesOf({ p, result }: Outcome): number[] {
  const traced = p.events.map((e) => SCAN_STATUS.indexOf(`${e.fields['status'] ?? e.fields['result']}`)).filter((code) => code >= 0);
  return result === undefined ? traced : [...traced, result];
}

/** Counts of references and mappings, and whatever else must be true of memory. */
function findings({ p, mms = [], files = [], held = [] }: Outcome): string[] {
  const { words } = p.m.mem;
  const living = [...(words[p.mm + mm_struct.mm_users]! > 0 ? [p.mm] : []), ...mms];
  const mappings = new Set(files.map((f) => words[f + file.f_mapping]!));
  for (const mm of living)
    for (let vma = words[mm + mm_struct.mmap]!; vma !== 0; vma = words[vma + vm_area_struct.vm_next]!) {
      const f = words[vma + vm_area_struct.vm_file]!;
      if (f !== 0) mappings.add(words[f + file.f_mapping]!);
    }
  return audit(p.k, {
    mms: living.map((mm, i) => ({ mm, name: `mm ${i}` })),
    files: [...mappings].map((mapping, i) => ({ mapping: mapping as never, name: `file ${i}` })),
    held,
  });
}

/** A test of each way. @param seen gets the codes that have come up */
export function eachWay(ways: readonly Way[], seen = new Set<number>()): void {
  test.each(ways.map((way) => [`${way.code}: ${way.how}`, way] as const))('%s', (_, { code, errno, go }) => {
    const o = go();
    const number = codes.get(code)!;
    expect(codesOf(o).map((n) => SCAN_STATUS[n])).toContain(SCAN_STATUS[number]);
    if (errno !== undefined) expect(o.errno).toBe(errno);
    expect(findings(o)).toEqual([]);
    seen.add(number);
  });
}
