// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the arguments of `check` and `replay` name: built-in scenarios, or files with one of the user's own.
 */
import { resolve } from 'node:path';
import { UsageError } from '../check/cell.ts';
import { scenarios } from '../scenarios/index.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { bundleFile } from './bundle-file.ts';
import { noteChecked, wasChecked } from './checked-before.ts';
import { checkTypes } from './type-check.ts';
import { importScenario, type UserModule } from './user-scenario.ts';

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
  const module = await bundleFile(argument);
  if (/ts$/.test(argument) && !wasChecked(resolve(argument))) noteChecked(resolve(argument), await checkTypes(argument));
  const scenario = await importScenario(module);
  if (builtIn(scenario.name) !== undefined) throw new UsageError(`${argument}: the name '${scenario.name}' is that of a built-in scenario`);
  return { scenario, module };
}
