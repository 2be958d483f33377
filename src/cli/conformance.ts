// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab conformance`: vectors from files and directories, run, and how far the machine agrees with them.
 */
import { findFiles } from '../conformance/files.ts';
import type { VectorKind } from '../conformance/kind.ts';
import { kinds } from '../conformance/kinds.ts';
import { conform, type Tally, type Totals } from '../conformance/run.ts';
import { HOLDS, INTERRUPTED, VIOLATED, worst } from './exit.ts';
import { columns, count, secondsText } from './text.ts';

export interface ConformanceFlags {
  /** Most differences told in full. */
  differences: number;
  /** Of the kind. */
  config: Record<string, string>;
  json?: boolean;
}

/** @returns the exit code */
export async function conformance(name: string, paths: readonly string[], flags: ConformanceFlags): Promise<number> {
  const kind = await kinds[name]!(flags.config);
  const files = findFiles(paths, kind.files);
  const from = performance.now();
  const interrupt = new AbortController();
  const onSigint = (): void => interrupt.abort();
  process.once('SIGINT', onSigint); // a second one ends the process
  const line = new ProgressLine();
  let totals: Totals;
  try {
    const progress = ({ all }: Totals): void => line.draw(`vectors=${all.total} disagree=${all.disagree}`);
    totals = await conform(kind, files, { differences: flags.differences, signal: interrupt.signal, progress });
  } finally {
    line.end();
    process.off('SIGINT', onSigint);
  }
  process.stdout.write(flags.json ? `${JSON.stringify(jsonOf(kind, files, totals), null, 2)}\n` : textOf(kind, files, totals, from));
  return worst([totals.all.disagree === totals.explained ? HOLDS : VIOLATED, ...(totals.complete ? [] : [INTERRUPTED])]);
}

/** Of a run that takes seconds: drawn on a terminal only, where it leaves no trace. */
class ProgressLine {
  private drawn = false;

  draw(text: string): void {
    if (process.stderr.isTTY !== true) return;
    this.drawn = true;
    process.stderr.write(`\r\x1b[2K${text.slice(0, (process.stderr.columns || 80) - 1)}`);
  }

  end(): void {
    if (this.drawn) process.stderr.write('\r\x1b[2K');
  }
}

function jsonOf(kind: VectorKind, files: readonly string[], { all, explained, groups, disputes, found, complete }: Totals) {
  return {
    schema: 'paelab/conformance',
    version: 1,
    kind: kind.name,
    files,
    complete,
    ...all,
    ...(explained > 0 && { explained }),
    groups: Object.fromEntries(groups),
    disputed: Object.fromEntries(disputes),
    ...Object.fromEntries((kind.summaries?.() ?? []).map(({ name, json }) => [name, json])),
    differences: found.map(({ place, vector: { id, group, dispute }, difference: { expected, actual } }) => ({
      place,
      id,
      group,
      ...(dispute !== null && { why: dispute }),
      expected,
      actual,
    })),
  };
}

function textOf(kind: VectorKind, files: readonly string[], totals: Totals, from: number): string {
  const { all, explained, groups, disputes, found, complete } = totals;
  const parts = [table([['group', 'total', 'agree', 'disagree'], ...[...groups].sort(byName).map(row), row(['all', all])])];
  if (disputes.size > 0) {
    const rows = [...disputes].sort(byName).map(([code, tally]) => {
      const { section, about } = kind.explainDispute(code);
      return [...row([code, tally]), section, about];
    });
    parts.push('Where the references disagree:\n', table([['why', 'total', 'agree', 'disagree', 'SDM', ''], ...rows]));
  }
  for (const { title, rows } of kind.summaries?.() ?? []) parts.push(`${title}\n`, `${columns(rows, numbersOf(rows[0]!)).join('\n')}\n`);
  if (found.length > 0) {
    const number =
      found.length === all.disagree
        ? count(found.length, 'difference', 'differences')
        : `first ${found.length} of ${all.disagree} differences`;
    parts.push(`${number}:\n`, ...found.map((f) => f.difference.text()));
  }
  const verdict = all.disagree === 0 ? 'all agree' : `${all.disagree} disagree${explained > 0 ? `, ${explained} of them explained` : ''}`;
  const end = complete ? '' : '; interrupted, so this is not all';
  const seconds = secondsText((performance.now() - from) / 1000);
  parts.push(`${count(all.total, 'vector', 'vectors')} in ${count(files.length, 'file', 'files')}: ${verdict}; ${seconds}${end}\n`);
  return parts.join('\n');
}

/** Columns with a name, but for the first. */
const numbersOf = (header: readonly string[]): number[] => header.map((_, i) => i).filter((i) => i > 0 && header[i] !== '');

const byName = ([a]: [string, Tally], [b]: [string, Tally]): number => (a < b ? -1 : 1);
const row = ([name, { total, agree, disagree }]: [string, Tally]): string[] => [name, String(total), String(agree), String(disagree)];
const table = (rows: readonly (readonly string[])[]): string => `${columns(rows, [1, 2, 3]).join('\n')}\n`;
