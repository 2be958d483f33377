// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a page of results shows, out of the files that `--json` has written.
 */
import { readFileSync } from 'node:fs';
import { type Field, readObject } from '../conformance/field.ts';
import type { ReportPart, VerdictRow } from '../page/report.ts';
import { UsageError } from '../usage-error.ts';
import { readBench, readRun, readStudy } from './read-study.ts';

const READERS: Readonly<Record<string, (f: Field) => Omit<ReportPart, 'file'>>> = {
  'paelab/check': (f) => ({ verdicts: f.get('results').list().map(readCell) }),
  'paelab/necessity': (f) => ({ verdicts: f.get('results').list().flatMap(withGuards) }),
  'paelab/replay': (f) => ({ verdicts: [readReplay(f)] }),
  'paelab/run': (f) => ({ study: readRun(f) }),
  'paelab/study': (f) => ({ study: readStudy(f) }),
  'paelab/bench': (f) => ({ study: readBench(f) }),
};

/** @throws UsageError naming file and field */
export function readResult(file: string): ReportPart {
  const f = readObject(textOf(file), file);
  const read = READERS[f.get('schema').oneOf(Object.keys(READERS))]!;
  f.get('version').integer(1, 1);
  return { file, ...read(f) };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (e) {
    throw new UsageError(`${file}: cannot be read (${(e as Error).message})`);
  }
}

function readCell(f: Field): VerdictRow {
  const violation = f.get('violation');
  const optional = (name: 'expected' | 'note'): Partial<VerdictRow> => (f.get(name).missing ? {} : { [name]: f.get(name).text() });
  return {
    ...nameOf(f),
    verdict: f.get('verdict').oneOf(['holds', 'violated', 'inconclusive'] as const),
    executions: f.get('executions').number(),
    seconds: f.get('seconds').number(),
    ...optional('expected'),
    ...optional('note'),
    ...(!f.get('sameAs').missing && { copy: true }),
    ...(!violation.missing && readViolation(violation)),
  };
}

const nameOf = (f: Field): Pick<VerdictRow, 'scenario' | 'config' | 'without'> => ({
  scenario: f.get('scenario').text(),
  config: Object.fromEntries(
    f
      .get('config')
      .members()
      .map(([key, value]) => [key, value.text()]),
  ),
  without: f
    .get('without')
    .list()
    .map((g) => g.text()),
});

const readReplay = (f: Field): VerdictRow => ({ ...nameOf(f), verdict: 'violated', ...readViolation(f.get('violation')) });

const readViolation = (f: Field): Pick<VerdictRow, 'finding'> => ({
  finding: {
    kind: f.get('kind').text(),
    summary: f.get('summary').text(),
    diagram: f.get('diagram').text(),
    token: f.get('token').text(),
  },
});

/** The cell, and below it the cells without each of its guards. */
const withGuards = (f: Field): VerdictRow[] => [
  readCell(f),
  ...f
    .get('guards')
    .list()
    .map((g) => readCell(g.get('without'))),
];
