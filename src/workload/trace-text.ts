// SPDX-License-Identifier: GPL-2.0-only
/**
 * Trace records as lines, in the form that recorded runs have; and what they say of the outcome of a collapse.
 */
import type { TraceRecord } from '../kernel/include/trace/trace.ts';
import { addressText } from './address.ts';

const ALL = 0xffffffff;

/** Tracepoints of huge_memory that tell an outcome, and the field that has it. */
export const STATUS: Readonly<Record<string, string>> = {
  mm_khugepaged_scan_pmd: 'status',
  mm_khugepaged_scan_file: 'result',
  mm_collapse_huge_page_isolate: 'status',
  mm_collapse_huge_page_swapin: 'ret',
  mm_collapse_huge_page: 'status',
};

export function statusOf(r: TraceRecord): [string, string | number][] {
  const field = Object.hasOwn(STATUS, r.name) ? STATUS[r.name]! : null;
  return field === null ? [] : [[r.name, r.name === 'mm_collapse_huge_page_swapin' ? String(r.fields[field]) : r.fields[field]!]];
}

export const TLB_FLUSH_REASONS = ['flush on task switch', 'remote shootdown', 'local shootdown', 'local mm shootdown', 'remote ipi send'];

const end = (address: number): string => (address === ALL ? 'ALL' : addressText(address));
const cpus = (mask: number | string): string =>
  typeof mask === 'string' ? mask : `[${[...Array(32).keys()].filter((cpu) => ((mask >>> cpu) & 1) !== 0).join(', ')}]`;

export function lineOf({ name, fields }: TraceRecord): string {
  const f = (key: string): number => fields[key] as number;
  switch (name) {
    case 'flush_tlb_mm_range':
      return `probe ${name} ${addressText(f('start'))}..${end(f('end'))} shift=${f('shift')} freed_tables=${f('freed_tables')}`;
    case 'flush_tlb_multi':
      return `probe ${name} mask=${cpus(fields['mask']!)} ${addressText(f('start'))}..${end(f('end'))} freed_tables=${f('freed_tables')}`;
    case 'tlb_flush':
      return `event tlb_flush pages:${f('pages') === ALL ? -1 : f('pages')} reason:${TLB_FLUSH_REASONS[f('reason')]} (${f('reason')})`;
    default:
      return `event ${name} ${Object.entries(fields)
        .map(([key, value]) => `${key}=${value}`)
        .join(', ')}`;
  }
}
