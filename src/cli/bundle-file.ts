// SPDX-License-Identifier: GPL-2.0-only
/**
 * A user's TypeScript file, bundled for this process and its workers to import. Its 'paelab' is the very installation that runs, so that
 * guards, registered functions and kernel functions are the same ones.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { BuildFailure, Plugin } from 'esbuild';
import { UsageError } from '../usage-error.ts';
import { oneLine } from './exit.ts';
import { PAELAB, provideApi, type UserModule } from './user-scenario.ts';

/** A module of the names that it exports, so that one that it does not have is found here; see `provideApi`. */
const thisInstallation = (names: readonly string[]): Plugin => ({
  name: 'paelab',
  setup(build) {
    build.onResolve({ filter: /^paelab$/ }, () => ({ path: 'paelab', namespace: 'paelab' }));
    build.onLoad({ filter: /^/, namespace: 'paelab' }, () => ({
      contents: `export const { ${names.join(', ')} } = globalThis.${PAELAB};`,
    }));
  },
});

/** Bundles made so far; gone when the process ends. */
const folders: string[] = [];

export function removeBundles(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/**
 * Of CommonJS, which is evaluated at once: a loop at its top level can be ended.
 * @throws UsageError naming the file, and the line if it does not compile
 */
export async function bundleFile(file: string): Promise<UserModule> {
  const entry = resolve(file);
  if (!existsSync(entry)) throw new UsageError(`${file}: no such file`);
  const folder = mkdtempSync(join(tmpdir(), 'paelab-'));
  folders.push(folder);
  const outfile = join(folder, `${basename(file).replace(/\.[^.]+$/, '')}.cjs`);
  const { build } = await import('esbuild');
  try {
    await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      keepNames: true,
      sourcemap: 'inline',
      logLevel: 'silent',
      plugins: [thisInstallation(Object.keys(await provideApi()))],
    });
  } catch (e) {
    const first = (e as Partial<BuildFailure>).errors?.[0];
    if (first === undefined) throw e;
    const { location } = first;
    // An error in a file that the scenario imports is told with that file's name.
    const where = location === null || resolve(location.file) === entry ? file : location.file;
    const missing = /^No matching export in "paelab:paelab" for import "(.*)"$/.exec(first.text);
    const said = missing === null ? oneLine(first.text) : `paelab has no export '${missing[1]}'`;
    throw new UsageError(`${where}${location === null ? '' : `:${location.line}:${location.column + 1}`}: ${said}`);
  }
  return { path: outfile, file };
}
