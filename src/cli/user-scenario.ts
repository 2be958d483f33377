// SPDX-License-Identifier: GPL-2.0-only
/**
 * A user's own scenario, or shootdown policy: found among what the bundle of its file exports, and looked at before it runs, since a file in JavaScript
 * has no types to check. A policy is checked by the scenario `shootdown`.
 */
import { createRequire } from 'node:module';
import { kernelFns, policyFns } from '../kernel/functions.ts';
import type { Policy } from '../kernel/policy.ts';
import { policies } from '../policies/index.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { shootdownOf } from '../scenarios/shootdown/shootdown.ts';
import { UsageError } from '../usage-error.ts';
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

/** What a file has in it. */
export interface UserFile {
  scenario: Scenario;
  /** Of which that is the scenario, if it is none of the user's. */
  policy: Policy | null;
}

/**
 * @param onRun told which code of the scenario runs, where that is not asked for with a time limit
 * @throws UsageError naming the file
 */
export async function importFile({ path, file }: UserModule, onRun?: OnRun): Promise<UserFile> {
  await provideApi();
  let exports: Record<string, unknown>;
  try {
    exports = bounded(`${file}: its top level`, () => createRequire(path)(path) as Record<string, unknown>);
  } catch (e) {
    throw e instanceof UsageError ? e : new UsageError(`${file}${atLine(e, file)}: ${said(e)}`);
  }
  const found = Object.keys(exports).filter((name) => looksLikeScenario(exports[name]) || looksLikePolicy(exports[name]));
  const [name] = found;
  if (name === undefined || found.length > 1) {
    throw new UsageError(`${file}: it must export one scenario or one policy, and exports ${found.length > 1 ? found.join(', ') : 'none'}`);
  }
  const one = exports[name];
  const policy = looksLikePolicy(one) ? one : null;
  const wrong = policy === null ? complaint(one as Scenario) : policyComplaint(policy);
  if (wrong !== null) throw new UsageError(`${file}: ${policy === null ? 'scenario' : 'policy'} '${name}': ${wrong}`);
  return { scenario: watchedScenario(policy === null ? (one as Scenario) : shootdownOf(policy), file, onRun), policy };
}

export const importScenario = async (module: UserModule, onRun?: OnRun): Promise<Scenario> => (await importFile(module, onRun)).scenario;

/** Complete or not: what has code to set up or to run was meant to be one. */
const looksLikeScenario = (x: unknown): boolean => typeof x === 'object' && x !== null && ('programs' in x || 'setup' in x);

const looksLikePolicy = (x: unknown): x is Policy => typeof x === 'object' && x !== null && 'replace' in x && !looksLikeScenario(x);

function policyComplaint(p: Policy): string | null {
  if (typeof p.name !== 'string' || !NAME.test(p.name)) return NAME_RULE;
  if (policies.some((known) => known.name === p.name)) return `name: '${p.name}' is that of a policy that comes with paelab`;
  for (const key of ['about', 'source'] as const) if (typeof p[key] !== 'string') return `${key}: a sentence is missing`;
  if (p.percpu !== undefined && typeof p.percpu !== 'function') return 'percpu: not a function of the number of CPUs';
  for (const [key, own] of Object.entries(p.replace)) {
    if (!(key in policyFns)) return `replace.${key}: not one of ${Object.keys(policyFns).join(', ')}`;
    if (typeof own !== 'function') return `replace.${key}: not a function`;
  }
  return null;
}

const NAME = /^[A-Za-z0-9_-]+$/;
const NAME_RULE = 'name: letters, digits, - and _ only, since it is part of the token';

function complaint(s: Scenario): string | null {
  if (typeof s.name !== 'string' || !NAME.test(s.name)) return NAME_RULE;
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
