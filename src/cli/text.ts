// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pieces of text that the outputs for people share.
 */
import { styleText } from 'node:util';
import type { Config, Scenario } from '../scenarios/scenario.ts';
import type { CellResult } from './result.ts';

/** Decided here alone: styleText() by itself also goes by CI, FORCE_COLOR and what it believes of the terminal. */
const coloured = process.stdout.isTTY === true && !process.env['NO_COLOR'];

const COLOURS = { holds: 'green', violated: 'red', inconclusive: 'yellow' } as const;

/** Padded first: the escapes that colour it have no width. */
export function paintVerdict(verdict: CellResult['verdict'], width = 0): string {
  return paint(COLOURS[verdict], verdict.padEnd(width));
}

export const paint = (colour: 'green' | 'yellow' | 'red', text: string): string =>
  coloured ? styleText(colour, text, { validateStream: false }) : text;

export const secondsText = (seconds: number): string => `${seconds.toFixed(2)} s`;

/** key=value for each axis, or for those that differ from the default. */
export const configText = (config: Config): string =>
  Object.entries(config)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');

export function deviation(scenario: Scenario, config: Config): Config {
  return Object.fromEntries(Object.entries(config).filter(([key, value]) => value !== scenario.axes[key]?.default));
}

/** Columns as wide as they need to be, two blanks apart; the last one is not padded. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [i, text] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, text.length);
  const cell = (text: string, i: number, last: boolean): string =>
    right.includes(i) ? text.padStart(widths[i]!) : last ? text : text.padEnd(widths[i]!);
  return rows.map((row) =>
    row
      .map((text, i) => cell(text, i, i === row.length - 1))
      .join('  ')
      .trimEnd(),
  );
}

/** Breaks a text into lines, every one but the first indented. */
export function wrap(text: string, indent: number, width = 80): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && indent + line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}

export const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
