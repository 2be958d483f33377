// SPDX-License-Identifier: GPL-2.0-only
/**
 * Lines in columns, one column a CPU, as the commit messages of the kernel draw a race: plain ASCII, at most 75 wide.
 */

export interface Line {
  /** Column that the line belongs to. */
  column: number;
  indent: number;
  text: string;
}

export const MAX_WIDTH = 75;
const INDENT = 2;

/** Indentation is given up, step by step, before text is broken; what is carried over stands one step further in. */
function linesOf(line: Line, width: number): string[] {
  let { indent } = line;
  while (indent > 0 && line.text.length > width - indent * INDENT) indent--;
  const out: string[] = [];
  let rest = line.text;
  let pad = indent * INDENT;
  while (rest.length > width - pad) {
    const room = width - pad;
    const space = rest.lastIndexOf(' ', room);
    const cut = space > 0 ? space : room;
    out.push(' '.repeat(pad) + rest.slice(0, cut));
    rest = rest.slice(cut).trimStart();
    pad = (indent + 1) * INDENT;
  }
  out.push(' '.repeat(pad) + rest);
  return out;
}

/** @param titles heads of the columns */
export function layOut(titles: readonly string[], lines: readonly Line[]): string {
  const gap = titles.length > 1 ? 1 : 0;
  const width = Math.floor((MAX_WIDTH - gap * (titles.length - 1)) / titles.length);
  const rows = [
    titles.map((t) => t.slice(0, width).padEnd(width)).join(' '.repeat(gap)),
    titles.map((t) => '-'.repeat(Math.min(t.length, width)).padEnd(width)).join(' '.repeat(gap)),
  ];
  for (const line of lines) for (const text of linesOf(line, width)) rows.push(' '.repeat(line.column * (width + gap)) + text);
  return rows.map((r) => r.trimEnd()).join('\n');
}
