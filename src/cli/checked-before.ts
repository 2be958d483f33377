// SPDX-License-Identifier: GPL-2.0-only
/**
 * Remembers which files had their types checked without a complaint, so that the next command about the same file need not load a compiler. What is kept is
 * a list of files with their hashes, this installation first; one byte that differs, and all is checked again.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const hashOf = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** The index of the bundle names its other parts by their content. */
const INSTALLATION = new URL('./index.js', import.meta.url).pathname;

const keptFor = (entry: string): string =>
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'paelab', `types-${hashOf(entry).slice(0, 32)}`);

const listOf = (files: readonly string[]): string => files.map((file) => `${hashOf(readFileSync(file))} ${file}\n`).join('');

/** @param entry absolute path */
export function wasChecked(entry: string): boolean {
  try {
    const list = readFileSync(keptFor(entry), 'utf8');
    const files = list
      .split('\n')
      .slice(0, -1)
      .map((line) => line.slice(65));
    return files[0] === INSTALLATION && files.includes(entry) && listOf(files) === list;
  } catch {
    return false; // nothing is kept, or a file is gone
  }
}

/** @param files all that the types of `entry` follow from, besides paelab */
export function noteChecked(entry: string, files: readonly string[]): void {
  try {
    mkdirSync(join(keptFor(entry), '..'), { recursive: true });
    writeFileSync(keptFor(entry), listOf([INSTALLATION, ...files]));
  } catch {
    // Nowhere to write: the next command checks again.
  }
}
