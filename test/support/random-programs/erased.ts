// SPDX-License-Identifier: GPL-2.0-only
/** The engine of random programs, bundled with its kernel erased, and a kernel that somebody has broken. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { COMMON } from '../../../src/build/bundle.mjs';
import { ERASED_FOLDERS, erase, inErasedCode, projectPath, ROOT } from '../../../src/build/erase.mjs';
import type { Setting, Verdict } from './engine.ts';
import type { Program } from './program.ts';

export interface Mutant {
  /** What is forgotten or done wrongly. */
  name: string;
  file: string;
  /** Stands in the file once. */
  from: string;
  to: string;
}

export type Runner = (program: Program, setting: Setting) => Verdict;

const ENTRY = 'test/support/random-programs/engine.ts';
/** Files as they are without a mutant, erased. */
const erased = new Map<string, Promise<string>>();

async function sourceOf(path: string, mutant: Mutant | null): Promise<string> {
  const source = await readFile(path, 'utf8');
  if (mutant === null) return source;
  if (source.split(mutant.from).length !== 2) throw new Error(`${mutant.file} does not hold this once: ${mutant.from}`);
  return source.replace(mutant.from, () => mutant.to);
}

async function load(path: string, mutant: Mutant | null): Promise<string> {
  if (mutant !== null && resolve(ROOT, mutant.file) === path) return erase(await sourceOf(path, mutant), path).code;
  let code = erased.get(path);
  if (code === undefined) erased.set(path, (code = sourceOf(path, null).then((source) => erase(source, path).code)));
  return await code;
}

/** @param mutant what is wrong with the kernel; null: nothing */
export async function buildRunner(mutant: Mutant | null): Promise<Runner> {
  const folder = mkdtempSync(join(tmpdir(), 'paelab-random-'));
  try {
    const outfile = join(folder, 'engine.mjs');
    await build({
      ...COMMON,
      sourcemap: false,
      entryPoints: [ENTRY],
      outfile,
      plugins: [
        {
          name: 'erase',
          setup(b) {
            b.onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir }) => ({
              path: resolve(ROOT, inErasedCode(projectPath(resolve(resolveDir, path)))),
            }));
            b.onLoad({ filter: /\.ts$/ }, async ({ path }) =>
              ERASED_FOLDERS.some((one) => projectPath(path).startsWith(one)) ? { contents: await load(path, mutant), loader: 'ts' } : null,
            );
          },
        },
      ],
    });
    const { runProgram } = (await import(pathToFileURL(outfile).href)) as { runProgram: Runner };
    return runProgram;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
