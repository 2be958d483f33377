// SPDX-License-Identifier: GPL-2.0-only
/**
 * An explanation of a translation as `paelab walk` prints it: the answer first, then how it comes about, from the registers down.
 */
import type { EntryText, Explanation, Result, TlbEntryText } from '../explain/explanation.ts';
import { columns, paint, wrap } from './text.ts';

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;

const folded = (lines: readonly string[], indent = 4): string[] => lines.map((line) => wrap(line, indent));

export function walkText(x: Explanation): string {
  return [
    `${x.access} at ${x.address}: ${headline(x.result)}\n`,
    x.stop === null ? '' : `  ${wrap(`stops at ${x.stop.at}: ${x.stop.why}`, 4)}\n`,
    section('Registers', registerLines(x)),
    section('Linear address', addressLines(x)),
    section(x.result.kind === 'general-protection' ? 'PDPTEs (4.4.1)' : 'Entries (4.4.2)', x.entries.flatMap(entryLines)),
    section('Rights (4.6.1)', rightsLines(x)),
    section('Error code (4.7)', errorCodeLines(x.result)),
    section('Accessed and dirty flags (4.8)', markLines(x)),
    section('Cached from now on (4.10)', cacheLines(x)),
    section('Not modelled', folded(x.notModelled)),
  ].join('');
}

function headline(r: Result): string {
  switch (r.kind) {
    case 'translated':
      return paint('green', `physical address ${r.physical}`);
    case 'page-fault':
      return paint('red', `#PF(0x${r.errorCode.toString(16).padStart(4, '0')}), CR2=${r.cr2}`);
    case 'general-protection':
      return paint('red', '#GP(0)');
    case 'no-memory':
      return paint('yellow', 'no exception, but no memory either');
  }
}

const registerLines = (x: Explanation): string[] => [
  ...columns(x.registers.map((r) => [r.name, r.value, r.set.join(' ')])),
  `EFLAGS.AC=${x.ac ? 1 : 0}, MAXPHYADDR=${x.maxphyaddr}`,
];

function addressLines({ parts }: Explanation): string[] {
  if (parts.length === 0) return ['CR0.PG=0: paging is off, the linear address is the physical one (4.1.1)'];
  return columns([parts.map((p) => p.bits), parts.map((p) => p.binary), parts.map((p) => p.selects)]);
}

function entryLines(e: EntryText): string[] {
  const where = `${e.name} at ${e.address} = ${e.table} + 8 * ${e.index}`;
  return [`${where}: ${e.value}${e.given ? '' : ' (not given)'}`, `    ${wrap(e.decoded, 6)}`];
}

function rightsLines({ rights, rules }: Explanation): string[] {
  if (rights.length === 0) return [];
  const table = columns([['', 'R/W', 'U/S', 'XD'], ...rights.map((r) => [r.of, `${r.rw}`, `${r.us}`, `${r.xd}`])]);
  return [...table, ...folded(rules.map((r) => `${r.allows ? 'allowed' : 'refused'}: ${r.why}`))];
}

function errorCodeLines(r: Result): string[] {
  if (r.kind !== 'page-fault') return [];
  return [...folded(columns(r.bits.map((b) => [b.name, `${b.value}`, b.means])), 11), `Linux: ${r.linux}`];
}

function markLines({ marks, result, parts }: Explanation): string[] {
  if (result.kind !== 'translated' || parts.length === 0) return [];
  if (marks.length === 0) return ['no entry changes'];
  return marks.map((m) => `${m.name}: ${m.before} -> ${m.after}, sets ${m.flags.join(' ')}`);
}

const rightsOf = ({ rw, us, xd }: { rw: number; us: number; xd: number }): string => `R/W=${rw} U/S=${us} XD=${xd}`;

const tlbLine = (t: TlbEntryText): string =>
  `TLB: ${t.size} page ${t.page} -> ${t.frame}, ${rightsOf(t)}, ${t.dirty ? 'dirty' : 'not dirty'}, ` +
  `${t.global ? 'global' : 'not global'}, ${t.memoryType} (PAT index ${t.patIndex})`;

function cacheLines({ tlb, pdeCache: p }: Explanation): string[] {
  if (tlb === null) return [];
  const pde =
    p === null ? 'PDE cache: nothing, since the PDE maps a page' : `PDE cache: ${p.region} -> page table ${p.table}, ${rightsOf(p)}`;
  return folded([tlbLine(tlb), pde]);
}
