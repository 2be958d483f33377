// SPDX-License-Identifier: GPL-2.0-only
/** What `paelab stress` prints for people. */
import type { Trouble } from '../workload/threads/crew.ts';
import type { WorldConfig } from '../workload/world.ts';
import type { StressReport } from './stress.ts';

/** Findings beyond these are counted only: one mistake makes many. */
const MOST_FINDINGS = 20;

const troubleText = ({ cpu, operation, what }: Trouble): string => `CPU${cpu}, in ${operation}: ${what}\n`;

/** What is going to be run. */
export function headingText({ release, cpus, bytes }: WorldConfig, without: readonly string[], seed: number): string {
  const guards = without.map((guard) => `, without ${guard}`).join('');
  return `kernel ${release}${guards}, ${cpus} vCPUs, each a thread, ${bytes / 2 ** 20} MiB, seed ${seed}\n`;
}

/** @param operations of all threads together */
export function stressText(r: StressReport, operations: number): string {
  const { findings } = r;
  const results = Object.entries(r.results)
    .sort(([, a], [, b]) => b - a)
    .map(([name, n]) => `${name} ${n}`);
  let text = `${r.collapses} collapses by ${r.attempts} calls of madvise(MADV_COLLAPSE) in ${r.sec.toFixed(1)} s\n`;
  if (results.length > 0) text += `what became of attempts: ${results.join(', ')}\n`;
  text += `meanwhile ${r.accesses} stores and loads, ${r.dropped} pages dropped; ${operations} operations in all\n`;
  for (const line of findings.slice(0, MOST_FINDINGS)) text += `${line}\n`;
  if (findings.length > MOST_FINDINGS) text += `and ${findings.length - MOST_FINDINGS} more\n`;
  if (r.hung.length > 0) text += `nothing moves any more:\n${r.hung.map(troubleText).join('')}`;
  text += r.died.map(troubleText).join('');
  if (findings.length > 0 || r.hung.length > 0 || r.died.length > 0) return text;
  return `${text}${r.complete ? 'no word was lost, no page leaked' : 'interrupted; no word was lost so far, no page leaked'}\n`;
}
