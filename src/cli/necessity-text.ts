// SPDX-License-Identifier: GPL-2.0-only
/**
 * What `--necessity` prints: the verdict, and under it each guard with what becomes of the cell without it.
 */
import type { Guard } from '../kernel/guard.ts';
import { cellText } from './cell-text.ts';
import { type CellResult, SCHEMA_VERSION, type Told } from './result.ts';
import { columns, count, wrap } from './text.ts';

/** A guard, and the cell without it. */
export interface NecessityOf {
  guard: Guard;
  told: Told;
}

export interface Necessity {
  told: Told;
  /** Empty if the verdict does not hold. */
  guards: readonly NecessityOf[];
}

const NEEDED = 'needed';
const NOT_NEEDED = 'not needed within these bounds';
export const UNDECIDED = 'undecided';

/** A pass that is empty without the guard says nothing about it. */
export function judge({ told: { result: r } }: NecessityOf): string {
  if (r.violation !== undefined) return NEEDED;
  return r.verdict === 'holds' ? NOT_NEEDED : UNDECIDED;
}

export function necessityText({ told, guards }: Necessity): string {
  const head = cellText(told, false);
  if (told.result.verdict !== 'holds') return head;
  if (guards.length === 0) return `${head}\nIt comes to no guard.\n`;
  const order = [NEEDED, UNDECIDED, NOT_NEEDED];
  const sorted = [...guards].sort((a, b) => order.indexOf(judge(a)) - order.indexOf(judge(b)));
  const rows = sorted.map((g) => [`  ${g.guard.name}`, judge(g), whyOf(g.told.result), `${g.told.result.executions}`, g.guard.file]);
  const table = columns([['  guard', 'without it', '', 'executions', 'where'], ...rows], [3]);
  const number = (what: string): number => guards.filter((g) => judge(g) === what).length;
  const sum = `${count(guards.length, 'guard', 'guards')}: ${number(NEEDED)} needed, ${number(NOT_NEEDED)} not, ${number(UNDECIDED)} undecided`;
  const tokens = sorted.filter((g) => judge(g) === NEEDED).map(tokenText);
  const notes = sorted.filter((g) => judge(g) === UNDECIDED).map((g) => `${wrap(`${g.guard.name}: ${g.told.result.note}`, 2)}\n`);
  return `${head}\nWhat it rests on: each guard that it comes to is taken away in turn.\n\n${table.join('\n')}\n\n${sum}\n${[...notes, ...tokens].map((t) => `\n${t}`).join('')}`;
}

/** How it is violated. */
const whyOf = (r: CellResult): string => r.violation?.kind ?? '';

function tokenText({ guard, told: { result, planned } }: NecessityOf): string {
  const file = planned.target.module === null ? '' : ` ${planned.target.module.file}`;
  return `${wrap(`${guard.name}: ${result.violation!.summary}`, 2)}\n  paelab replay ${result.violation!.token}${file}\n`;
}

export function necessityJson(results: readonly Necessity[]): string {
  const json = results.map(({ told, guards }) => ({
    ...told.result,
    guards: guards.map((g) => ({
      guard: g.guard.name,
      about: g.guard.about,
      file: g.guard.file,
      necessity: judge(g),
      without: g.told.result,
    })),
  }));
  return `${JSON.stringify({ schema: 'paelab/necessity', version: SCHEMA_VERSION, results: json }, null, 2)}\n`;
}
