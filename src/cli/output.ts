// SPDX-License-Identifier: GPL-2.0-only
/**
 * Files that a command writes besides what it prints. Whether they can be written is found out before the work, not after it.
 */
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../usage-error.ts';

/** Makes a folder and those above it. Node's own `recursive` never returns below /proc, where nothing can be made and each parent is there. */
export function makeFolder(dir: string): void {
  if (existsSync(dir)) return;
  makeFolder(dirname(dir));
  mkdirSync(dir);
}

/** The file itself, made if it is not there. @param option is named in the error @throws UsageError */
export function outputFile(path: string, option: string): string {
  try {
    makeFolder(dirname(path));
    closeSync(openSync(path, 'a'));
    return path;
  } catch (e) {
    throw new UsageError(`${option} ${path}: cannot be written (${(e as Error).message})`);
  }
}

/** `--out`: a page, or a folder for it. @throws UsageError */
export const outputPage = (out: string): string => outputFile(out.endsWith('.html') ? out : join(out, 'index.html'), '--out');
