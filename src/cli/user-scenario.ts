// SPDX-License-Identifier: GPL-2.0-only
/**
 * A user's own scenario: found among what the bundle of its file exports, and looked at before it runs, since a file in JavaScript has no types to check.
 */
import { createRequire } from 'node:module';
import { UsageError } from '../check/cell.ts';
import { kernelFns } from '../kernel/functions.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { bounded } from './bounded.ts';
import { oneLine } from './exit.ts';
import { type OnRun, watchedScenario } from './watched-scenario.ts';

/** A bundle, and the file that it was made of, as the user named it. */
export interface UserModule {
  path: string;
  file: string;
}

/** The global variable under which a bundle finds this installation: its modules cannot be required. */
export const PAELAB = '__paelab';

/** The public API, for bundles of this thread. */
export async function provideApi(): Promise<object> {
  const api = (await import(new URL('./index.js', import.meta.url).href)) as object;
  Object.assign(globalThis, { [PAELAB]: api });
  return api;
}

/**
 * @param onRun told which code of the scenario runs, where that is not asked for with a time limit
 * @throws UsageError naming the file
 */
export async function importScenario({ path, file }: UserModule, onRun?: OnRun): Promise<Scenario> {
  await provideApi();
  let exports: Record<string, unknown>;
  try {
    exports = bounded(`${file}: its top level`, () => createRequire(path)(path) as Record<string, unknown>);
  } catch (e) {
    throw e instanceof UsageError ? e : new UsageError(`${file}${atLine(e, file)}: ${said(e)}`);
  }
  const names = Object.keys(exports);
  const found = names.filter((name) => looksLikeScenario(exports[name]));
  const [name] = found;
  if (name === undefined || found.length > 1) {
    throw new UsageError(`${file}: it must export one scenario, and exports ${found.length > 1 ? found.join(', ') : 'none'}`);
  }
  const one = exports[name] as Scenario;
  const wrong = complaint(one);
  if (wrong !== null) throw new UsageError(`${file}: scenario '${name}': ${wrong}`);
  return watchedScenario(one, file, onRun);
}

/** Complete or not: what has code to set up or to run was meant to be one. */
const looksLikeScenario = (x: unknown): boolean => typeof x === 'object' && x !== null && ('programs' in x || 'setup' in x);

function complaint(s: Scenario): string | null {
  if (typeof s.name !== 'string' || !/^[A-Za-z0-9_-]+$/.test(s.name))
    return 'name: letters, digits, - and _ only, since it is part of the token';
  if (typeof s.about !== 'string') return 'about: a sentence is missing';
  if (typeof s.axes !== 'object' || s.axes === null) return 'axes: missing; {} if there are none';
  for (const [key, axis] of Object.entries(s.axes)) {
    if (!Array.isArray(axis.values) || !axis.values.includes(axis.default))
      return `axes.${key}: its default '${axis.default}' is not one of its values`;
  }
  if (!Array.isArray(s.bounds)) return 'bounds: missing; what bounds the space, one sentence each';
  for (const key of ['machine', 'setup', 'programs'] as const) if (typeof s[key] !== 'function') return `${key}(): missing`;
  for (const key of Object.keys(s.replace ?? {})) {
    if (!(key in kernelFns)) return `replace.${key}: not one of ${Object.keys(kernelFns).join(', ')}`;
  }
  return null;
}

const said = (e: unknown): string => (e instanceof Error ? oneLine(`${e.name}: ${e.message}`) : `it throws ${oneLine(String(e))}`);

function atLine(e: unknown, file: string): string {
  const base = file.split(/[/\\]/).at(-1)!.replace(/[.+]/g, '\\$&');
  const m = e instanceof Error ? new RegExp(`^\\s+at .*${base}:(\\d+):\\d+\\)?$`, 'm').exec(e.stack ?? '') : null;
  return m === null ? '' : `:${m[1]}`;
}
