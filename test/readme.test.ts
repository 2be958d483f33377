// SPDX-License-Identifier: GPL-2.0-only
/**
 * The README shows what paelab prints: the counterexample is made again from its own token, and the table's verdicts are those of the story
 * rows, in their order. Time budget: 5 s.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeCell } from '../src/check/cell.ts';
import { reportOf } from '../src/check/report.ts';
import { parseToken } from '../src/check/token.ts';
import { scenarios } from '../src/scenarios/index.ts';
import { story } from '../src/scenarios/story.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The fenced block between a marker and its end. */
function block(marker: string): string {
  const part = readme.slice(readme.indexOf(`<!-- ${marker} -->`));
  return /```\n([\s\S]*?)```/.exec(part.slice(0, part.indexOf('<!-- end -->')))![1]!;
}

const scenarioNamed = (name: string) => scenarios.find((s) => s.name === name)!;

test('the counterexample is what its token replays to, to the byte', () => {
  const text = block('counterexample');
  const content = parseToken(/paelab1\.\S+/.exec(text)![0]);
  const cell = makeCell(scenarioNamed(content.scenario), content.config, content.without);
  expect(reportOf(cell, content.start, content.picks).text).toBe(text);
});

test('the table has every story row with the verdict that theory expects', () => {
  const rows = block('table').trimEnd().split('\n').slice(1);
  expect(rows).toHaveLength(story.length);
  story.forEach((row, i) => {
    const { config, scenario } = makeCell(scenarioNamed(row.scenario), row.config, []);
    expect(rows[i]).toMatch(new RegExp(`^${scenario.expected!(config)} `));
    expect(rows[i]).toContain(row.about);
  });
});
