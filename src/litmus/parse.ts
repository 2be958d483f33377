// SPDX-License-Identifier: GPL-2.0-only
/**
 * Reads .litmus files: the format of herd7 for X86 and X86_64, extended by page tables and interrupts. The whole syntax is docs/litmus.md.
 *
 * Reference: herdtools7, lib/splitter.mll, lib/X86Parser.mly, lib/X86_64Parser.mly, lib/stateParser.mly.
 */
import { namesIn } from './condition.ts';
import { type Column, parseInstruction } from './instruction.ts';
import { badAt, endOfComment, Places, tokensOf } from './lexer.ts';
import { isEntry } from './pages.ts';
import { FINAL_WORDS, parseFinal } from './parse-final.ts';
import { parseInit } from './parse-init.ts';
import { type Dialect, inOrder, type LitmusProgram, type LitmusTest, registerOf, sendsOrMasks } from './program.ts';
import { Words } from './words.ts';

const ARCHITECTURES: readonly string[] = ['X86', 'X86_64'] satisfies Dialect[];
const MOST_CPUS = 8;

/** @throws UsageError naming file, line and column */
export function parseLitmus(text: string, file: string): LitmusTest {
  const { dialect, name, at } = parseHeader(text, file);
  const w = new Words(file, tokensOf(text, file, at));
  const { init, rinit, addresses } = parseInit(w);
  const columns = parseTable(w, dialect, new Set(Object.keys(init).filter(isEntry)), addresses);
  const threads = columns.filter((c) => !c.handler);
  const final = parseFinal(w, threads.length);
  const { condition, filter } = final;
  const observed = inOrder([...final.locations, ...namesIn(condition.expression)]);
  const vars = [...new Set([...observed, ...(filter === null ? [] : namesIn(filter))])];
  const program: LitmusProgram = { name, init, rinit, threads: threads.map((c) => c.ops), vars };
  const handlers = columns.filter((c) => c.handler);
  if (handlers.length > 0 || sendsOrMasks(program))
    program.handlers = threads.map(({ cpu }) => handlers.find((h) => h.cpu === cpu)?.ops ?? []);
  return { program, dialect, observed, conditions: [condition], filter };
}

/** `X86 name`, then whatever there is before the first brace: a text in quotes, comments, `key=value` lines. */
function parseHeader(text: string, file: string): { dialect: Dialect; name: string; at: number } {
  const places = new Places(text);
  let at = 0;
  for (;;) {
    at += /^\s*/.exec(text.slice(at))![0].length;
    if (!text.startsWith('(*', at)) break;
    at = endOfComment(text, at) ?? badAt(file, places.of(at), 'this comment has no end');
  }
  const [, dialect = '', blanks = '', name = ''] = /^(\S*)([ \t]*)(\S*)/.exec(text.slice(at))!;
  if (dialect === '') badAt(file, places.of(at), 'a line such as "X86 SB" is expected, not the end of the file');
  if (!ARCHITECTURES.includes(dialect)) badAt(file, places.of(at), `'${dialect}' is no architecture known here: X86 and X86_64 are`);
  if (name === '') badAt(file, places.of(at + dialect.length), 'a test has a name, as in "X86 SB"');
  at += dialect.length + blanks.length + name.length;
  while (at < text.length && text[at] !== '{') {
    const from = at;
    if (text.startsWith('(*', at)) at = endOfComment(text, at) ?? badAt(file, places.of(from), 'this comment has no end');
    else if (text[at] === '"') {
      at = text.indexOf('"', at + 1) + 1;
      if (at === 0) badAt(file, places.of(from), 'this text has no closing quote');
    } else at++;
  }
  if (at === text.length) badAt(file, places.of(at), "'{' is expected, not the end of the file");
  return { dialect: dialect as Dialect, name, at };
}

/** One column a vCPU, `P0`, and one for each handler, `H0`. */
function parseTable(w: Words, dialect: Dialect, entries: ReadonlySet<string>, addresses: Readonly<Record<string, string>>): Column[] {
  const columns = parseHeads(w).map(
    ({ cpu, handler }): Column => ({ cpu, handler, ops: [], dialect, entries, addresses: addressesOf(addresses, cpu) }),
  );
  const cpus = columns.filter((c) => !c.handler).length;
  while (w.peek().kind !== 'end' && !FINAL_WORDS.includes(w.peek().text)) {
    for (const [i, column] of columns.entries()) {
      if (!w.is('|') && !w.is(';')) column.ops.push(...parseInstruction(w, column, cpus));
      w.expect(i < columns.length - 1 ? '|' : ';');
    }
  }
  return columns;
}

function parseHeads(w: Words): { cpu: number; handler: boolean }[] {
  const heads: { cpu: number; handler: boolean }[] = [];
  w.take(';');
  do {
    const token = w.name('a column such as P0 or H0');
    const m =
      /^([PH])(\d+)$/.exec(token.text) ?? w.bad(token, `'${token.text}' is no column: P0 is that of a vCPU, H0 that of its handler`);
    const head = { cpu: Number(m[2]), handler: m[1] === 'H' };
    const programs = heads.filter((h) => !h.handler).length;
    if (!head.handler && head.cpu !== programs) w.bad(token, `P${programs} is expected, not ${token.text}`);
    if (head.cpu >= MOST_CPUS) w.bad(token, `there are at most ${MOST_CPUS} vCPUs`);
    if (head.handler && (head.cpu >= programs || heads.some((h) => h.handler && h.cpu === head.cpu)))
      w.bad(token, `a handler stands behind its vCPU, once: ${token.text}`);
    heads.push(head);
  } while (w.take('|'));
  w.expect(';');
  return heads;
}

function addressesOf(addresses: Readonly<Record<string, string>>, cpu: number): Map<string, string> {
  const own = Object.entries(addresses).filter(([name]) => name.startsWith(`${cpu}:`));
  return new Map(own.map(([name, location]) => [registerOf(name)!.register, location]));
}
