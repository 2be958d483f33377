// SPDX-License-Identifier: GPL-2.0-only
/**
 * The words of a .litmus file, each with its place.
 */
import { UsageError } from '../usage-error.ts';

export interface Place {
  line: number;
  column: number;
}

export interface Token extends Place {
  kind: 'name' | 'number' | 'sign' | 'end';
  text: string;
}

/** A word, or blanks and comments, that begins where the last one ended. */
const WORD = /(?<name>[A-Za-z_][\w.]*)|(?<number>0[xX][0-9a-fA-F]+|\d+)|(?<sign>\/\\|\\\/|=>|==|!=|<>|[-;,|()[\]{}:=~$%*&])/y;
const BLANK = /[ \t\r\n]+/y;

export const badAt = (file: string, { line, column }: Place, problem: string): never => {
  throw new UsageError(`${file}:${line}:${column}: ${problem}`);
};

/** @param from where to begin. @throws UsageError naming file, line and column */
export function tokensOf(text: string, file: string, from: number): Token[] {
  const tokens: Token[] = [];
  const places = new Places(text);
  let at = from;
  while (at < text.length) {
    const blank = match(BLANK, text, at);
    if (blank !== null) {
      at += blank[0].length;
      continue;
    }
    if (text.startsWith('(*', at)) {
      at = endOfComment(text, at) ?? badAt(file, places.of(at), 'this comment has no end');
      continue;
    }
    const word = match(WORD, text, at) ?? badAt(file, places.of(at), `'${text[at]}' has no meaning here`);
    const kind = word.groups!['name'] !== undefined ? 'name' : word.groups!['number'] !== undefined ? 'number' : 'sign';
    tokens.push({ kind, text: word[0], ...places.of(at) });
    at += word[0].length;
  }
  tokens.push({ kind: 'end', text: '', ...places.of(text.length) });
  return tokens;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Comments nest. @returns null if it is open at the end of the text */
export function endOfComment(text: string, from: number): number | null {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text.startsWith('(*', at)) depth++;
    else if (text.startsWith('*)', at)) depth--;
    else continue;
    at++;
    if (depth === 0) return at + 1;
  }
  return null;
}

/** Lines and columns, both from 1. */
export class Places {
  private readonly starts = [0];

  constructor(text: string) {
    for (let i = 0; i < text.length; i++) if (text[i] === '\n') this.starts.push(i + 1);
  }

  of(at: number): Place {
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.starts[middle]! <= at) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: at - this.starts[low]! + 1 };
  }
}
