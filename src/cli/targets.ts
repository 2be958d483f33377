// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the arguments of `check` and `replay` name: built-in scenarios and policies, or files with one of the user's own.
 */
import { resolve } from 'node:path';
import type { Policy } from '../kernel/policy.ts';
import { policyNamed } from '../policies/index.ts';
import { scenarios } from '../scenarios/index.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { shootdown } from '../scenarios/shootdown/shootdown.ts';
import { UsageError } from '../usage-error.ts';
import { bundleFile } from './bundle-file.ts';
import { noteChecked, wasChecked } from './checked-before.ts';
import { checkTypes } from './type-check.ts';
import { importFile, type UserFile, type UserModule } from './user-scenario.ts';

export interface Target {
  scenario: Scenario;
  /** Where the scenario comes from, if it is the user's. */
  module: UserModule | null;
}

export const builtIn = (name: string): Scenario | undefined => scenarios.find((s) => s.name === name);

const isFile = (argument: string): boolean => /\.[cm]?[jt]s$/.test(argument);

/** @throws UsageError */
export async function targetOf(argument: string): Promise<Target> {
  if (!isFile(argument)) {
    const scenario = builtIn(argument);
    if (scenario !== undefined) return { scenario, module: null };
    throw new UsageError(`no scenario '${argument}'; known: ${scenarios.map((s) => s.name).join(', ')}; a file of your own ends in .ts`);
  }
  const { scenario, module } = await importChecked(argument);
  if (builtIn(scenario.name) !== undefined) throw new UsageError(`${argument}: the name '${scenario.name}' is that of a built-in scenario`);
  return { scenario, module };
}

/** Types first: nothing of a file runs before. */
async function importChecked(file: string): Promise<UserFile & { module: UserModule }> {
  const module = await bundleFile(file);
  if (/ts$/.test(file) && !wasChecked(resolve(file))) noteChecked(resolve(file), await checkTypes(file));
  return { ...(await importFile(module)), module };
}

/** Of one that comes with paelab, or of a file. @throws UsageError */
export async function policyOf(argument: string): Promise<{ policy: Policy; target: Target }> {
  if (!isFile(argument)) return { policy: policyNamed(argument), target: { scenario: shootdown, module: null } };
  const { policy, ...target } = await importChecked(argument);
  if (policy === null) throw new UsageError(`${argument}: it has a scenario, and no policy`);
  return { policy, target };
}
