// SPDX-License-Identifier: GPL-2.0-only
/**
 * A workload as text: one operation a line, `#` begins a comment; `case NAME` and `end` around those that belong together.
 */
import { UsageError } from '../usage-error.ts';
import { parseAddress } from './address.ts';
import { configOf, type Setting } from './config.ts';
import { ALWAYS_MEASURED, type FieldKind, FORMS, type Operation } from './operation.ts';

export const ADVICES = [
  'HUGEPAGE',
  'NOHUGEPAGE',
  'DONTNEED',
  'REMOVE',
  'FREE',
  'PAGEOUT',
  'COLD',
  'POPULATE_WRITE',
  'POPULATE_READ',
] as const;

const ONE_OF: Partial<Record<FieldKind, readonly string[]>> = {
  kind: ['memfd', 'never', 'always', 'advise', 'within_size', 'ramfs'],
  backing: ['anon', 'anonshared', 'shared', 'private'],
  advice: ADVICES,
  fault: ['missing', 'wp', 'minor'],
  mode: ['spin', 'idle'],
  thread: ['khugepaged'],
  ro: ['ro'],
  for: ['for'],
};

/** Greatest value of each kind of number. */
const MOST: Partial<Record<FieldKind, number>> = {
  cpu: 31,
  page: 0xfffff,
  count: 0xfffff,
  bytes: 4095,
  seed: 0xffffffff,
  stride: 0xfffff,
  word: 1023,
  milliseconds: 1e9,
};

const PATTERNS: Partial<Record<FieldKind, [RegExp, string]>> = {
  process: [/^P\d+$/, 'a process, as in P0'],
  file: [/^F\d+$/, 'a file, as in F0'],
  duration: [/^\d{1,6}s$/, 'a number of seconds, as in 30s'],
  protection: [/^(-|r?w?x?)$/, 'a protection: some of r, w and x in this order, or -'],
};

/** @returns the value, or what is wrong with the text */
function readField(kind: FieldKind, text: string): string | number | { wrong: string } {
  const choices = ONE_OF[kind];
  if (choices !== undefined) return choices.includes(text) ? text : { wrong: `not one of ${choices.join(', ')}` };
  const pattern = PATTERNS[kind];
  if (pattern !== undefined) return pattern[0].test(text) ? text : { wrong: `not ${pattern[1]}` };
  if (kind === 'address') return parseAddress(text) ?? { wrong: 'not an address of a page below 0xc0000000, as in H0+5 or 0x3fe00000' };
  if (kind === 'mask') return /^0x[0-9a-f]{1,8}$/i.test(text) ? Number(text) : { wrong: 'not a mask of CPUs, as in 0x6' };
  const most = MOST[kind];
  if (most === undefined) return text;
  return /^\d+$/.test(text) && Number(text) <= most ? Number(text) : { wrong: `not a whole number up to ${most}` };
}

/** @param place for messages: FILE:LINE. @throws UsageError naming the place and the field */
export function parseOperation(line: string, place: string): Operation {
  const words = line.trim().split(/\s+/);
  const measured = words[0] === 'M';
  if (measured) words.shift();
  const name = words.shift() ?? '';
  const form = Object.hasOwn(FORMS, name) ? FORMS[name]! : undefined;
  if (form === undefined) throw new UsageError(`${place}: ${name === '' ? 'no operation' : `'${name}' is no operation`}`);
  const { fields, optional = 0 } = form;
  if (fields.at(-1) === 'text' && words.length > fields.length) words.push(words.splice(fields.length - 1).join(' '));
  if (words.length > fields.length) throw new UsageError(`${place}: ${name}: '${words[fields.length]}' is one word too many`);
  if (words.length < fields.length - optional) throw new UsageError(`${place}: ${name}: ${fields[words.length]} is missing`);
  const args = words.map((word, i) => {
    const value = readField(fields[i]!, word);
    if (typeof value === 'object') throw new UsageError(`${place}: ${name}: ${fields[i]}: '${word}' is ${value.wrong}`);
    return value;
  });
  const file = name === 'mmap' && (args[4] === 'shared' || args[4] === 'private');
  if (file && args.length < 7) throw new UsageError(`${place}: mmap: ${fields[args.length]} is missing`);
  if (name === 'mmap' && !file && args.length > 5) throw new UsageError(`${place}: mmap: '${words[5]}' is one word too many`);
  if (name === 'khugepaged' && args.length === 1) throw new UsageError(`${place}: khugepaged: duration is missing`);
  return { place, text: line.trim(), name, measured: measured || ALWAYS_MEASURED.has(name), args };
}

/** Most operations that one line stands for. */
const MOST_LINES = 10_000;

/**
 * A line with `P0..P199` in it stands for one line for each process; other ranges, of CPUs or files, are gone through with it, again and again.
 * @throws UsageError naming the place
 */
function linesOf(line: string, place: string): string[] {
  const words = line.split(/\s+/);
  const ranges = words.map((word) => rangeOf(word, `${place}: ${words[0]}`));
  const lines = ranges.find((range) => range !== null)?.length ?? 1;
  return Array.from({ length: lines }, (_, i) => words.map((word, at) => ranges[at]?.[i % ranges[at].length] ?? word).join(' '));
}

/** @returns null for a word that is no range */
function rangeOf(word: string, place: string): string[] | null {
  const m = /^([PF]?)(\d+)\.\.([PF]?)(\d+)$/.exec(word);
  if (m === null) return null;
  const from = Number(m[2]);
  const length = Number(m[4]) - from + 1;
  if (m[1] !== m[3] || length < 1 || length > MOST_LINES) throw new UsageError(`${place}: '${word}' is no range, as in P0..P7`);
  return Array.from({ length }, (_, i) => `${m[1]}${from + i}`);
}

export interface Case {
  name: string;
  /** What the lines `config KEY=VALUE...` before it ask for. */
  config: ReadonlyMap<string, Setting>;
  operations: readonly Operation[];
}

/** @throws UsageError naming the place and the key */
function settingsOf(line: string, place: string): [string, Setting][] {
  const settings = line
    .split(/\s+/)
    .slice(1)
    .map((word): [string, Setting] => {
      const at = word.indexOf('=');
      if (at <= 0) throw new UsageError(`${place}: config: '${word}' is no KEY=VALUE`);
      return [word.slice(0, at), { value: word.slice(at + 1), place: `${place}: config` }];
    });
  if (settings.length === 0) throw new UsageError(`${place}: config: KEY=VALUE is missing`);
  configOf(new Map(settings)); // what is wrong with it is said before anything runs
  return settings;
}

/** @param file name for messages. @throws UsageError naming file, line and field */
export function parseWorkload(text: string, file: string): Case[] {
  const cases: Case[] = [];
  const config = new Map<string, Setting>();
  let name = '';
  let open: Operation[] | null = null;
  text.split('\n').forEach((whole, i) => {
    const place = `${file}:${i + 1}`;
    const line = whole.replace(/#.*$/, '').trim();
    if (line === '') return;
    const [first, second] = line.split(/\s+/);
    if (first === 'case') {
      if (open !== null) throw new UsageError(`${place}: case: '${name}' has no end`);
      if (second === undefined) throw new UsageError(`${place}: case: a name is missing`);
      name = second;
      open = [];
    } else if (first === 'end') {
      if (open === null) throw new UsageError(`${place}: end: there is no case`);
      cases.push({ name, config: new Map(config), operations: open });
      open = null;
    } else if (first === 'config' && open === null) {
      for (const [key, value] of settingsOf(line, place)) config.set(key, value);
    } else if (open === null) throw new UsageError(`${place}: '${first}' stands outside of a case`);
    else open.push(...linesOf(line, place).map((one) => parseOperation(one, place)));
  });
  if (open !== null) throw new UsageError(`${file}: case '${name}' has no end`);
  if (cases.length === 0) throw new UsageError(`${file}: there is no case in it`);
  return cases;
}
