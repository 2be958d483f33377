// SPDX-License-Identifier: GPL-2.0-only
/**
 * A user's own scenario: found among what the bundle of its file exports, and looked at before it runs, since its author may well have no
 * type checker at hand.
 */
import { UsageError } from '../check/cell.ts';
import { kernelFns } from '../kernel/functions.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { oneLine } from './exit.ts';

/** A bundle, and the file that it was made of, as the user named it. */
export interface UserModule {
  url: string;
  file: string;
}

/** @throws UsageError naming the file */
export async function importScenario({ url, file }: UserModule): Promise<Scenario> {
  let exports: Record<string, unknown>;
  try {
    exports = (await import(url)) as Record<string, unknown>;
  } catch (e) {
    throw new UsageError(`${file}${atLine(e, file)}: ${said(e)}`);
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
  return one;
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

function said(e: unknown): string {
  if (!(e instanceof Error)) return `it throws ${oneLine(String(e))}`;
  const missing = /does not provide an export named '(\w+)'/.exec(e.message);
  return missing === null ? oneLine(`${e.name}: ${e.message}`) : `paelab has no export '${missing[1]}'`;
}

function atLine(e: unknown, file: string): string {
  const base = file.split(/[/\\]/).at(-1)!.replace(/[.+]/g, '\\$&');
  const m = e instanceof Error ? new RegExp(`^\\s+at .*${base}:(\\d+):\\d+\\)?$`, 'm').exec(e.stack ?? '') : null;
  return m === null ? '' : `:${m[1]}`;
}
