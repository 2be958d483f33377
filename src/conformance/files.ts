// SPDX-License-Identifier: GPL-2.0-only
/**
 * The vector files that the arguments of a call name.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../usage-error.ts';

export const isVectorFile = (name: string): boolean => /\.jsonl(\.gz)?$/.test(name);

/**
 * A file of any name stands for itself, a directory for every *.jsonl and *.jsonl.gz below it, in order of their names. None comes twice.
 * @throws UsageError
 */
export function findFiles(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap(filesAt))];
}

function filesAt(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new UsageError(`${path}: no such file or directory`);
  if (!stat.isDirectory()) return [path];
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter(isVectorFile)
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile());
  if (files.length === 0) throw new UsageError(`${path}: no *.jsonl or *.jsonl.gz file in it`);
  return files.sort();
}
