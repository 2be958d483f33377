// SPDX-License-Identifier: GPL-2.0-only
/** Results of a workload's operations for people. */
import { FTRACE_HEADER } from '../workload/ftrace-text.ts';
import type { Measured, OpResult, ProcessSnap } from '../workload/result.ts';

/** @param trace whether every traced event is told, in the order in which they happened */
export function resultText(r: OpResult, trace: boolean): string {
  const parts = [
    r.ret === undefined || r.ret === 0 ? null : `= ${r.ret}`,
    r.err ?? null,
    count(r.pages, 'pages'),
    count(r.bad, 'bad'),
    count(r.seconds, 'seconds'),
    r.interrupted ? 'interrupted' : null,
  ];
  const lines = [`${r.op}  ${parts.filter((p) => p !== null).join(' ')}`.trimEnd()];
  if (r.killed !== undefined) lines.push(`  Out of memory: Killed process (${r.killed})`);
  if (r.measured !== undefined) lines.push(...measuredLines(r.measured, trace));
  for (const p of r.procs ?? []) lines.push(...processLines(p));
  for (const f of r.files ?? []) lines.push(`  ${f.file}: ${f.size} bytes, ${f.pages} pages`);
  return `${lines.join('\n')}\n`;
}

const count = (n: number | undefined, name: string): string | null => (n === undefined ? null : `${name}=${n}`);

function measuredLines(m: Measured, trace: boolean): string[] {
  const lines = m.status.map(([event, status]) => `  ${event}: ${status}`);
  const counters = { ...m.vmstat, ...(m.pages_collapsed > 0 && { pages_collapsed: m.pages_collapsed }) };
  for (const [name, n] of Object.entries(counters)) lines.push(`  ${name} ${n > 0 ? '+' : ''}${n}`);
  for (const [name, each] of Object.entries(m.irq)) if (each.some((n) => n > 0)) lines.push(`  ${name}: ${each.join(' ')}`);
  if (trace) lines.push(...FTRACE_HEADER, ...m.trace.map(([, line]) => line));
  return lines;
}

function processLines(p: ProcessSnap): string[] {
  const lines = [`  ${p.p}: VmPTE ${p.VmPTE} kB (${p.dPTE >= 0 ? '+' : ''}${p.dPTE})`];
  for (const v of p.vmas) {
    lines.push(`    ${v.at} ${v.n} pages ${v.perm} ${v.VmFlags}`);
    for (const name of ['Rss', 'AnonHugePages', 'ShmemPmdMapped'] as const)
      lines.push(`      ${`${name}:`.padEnd(15)} ${String(v[name]).padStart(8)} kB`);
    for (const run of v.pages) lines.push(`      ${run.join(' ')}`);
  }
  return lines;
}
