// SPDX-License-Identifier: GPL-2.0-only
/**
 * The vector files that the arguments of a call name.
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UsageError } from '../usage-error.ts';

const LINES = /\.jsonl(\.gz)?$/;
export const isVectorFile = (name: string): boolean => LINES.test(name);

/**
 * A file of any name stands for itself, a directory for every file of these names below it, by default *.jsonl and *.jsonl.gz, in order. None comes twice.
 * @throws UsageError
 */
export function findFiles(paths: readonly string[], names = LINES): string[] {
  return [...new Set(paths.flatMap((path) => filesAt(path, names)))];
}

function filesAt(path: string, names: RegExp): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new UsageError(`${path}: no such file or directory`);
  if (!stat.isDirectory()) return [path];
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => names.test(basename(name)))
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile());
  if (files.length === 0) throw new UsageError(`${path}: no vector file in it`);
  return files.sort();
}
