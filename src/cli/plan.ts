// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which cells a call of `check` asks for, in the order in which their results are told.
 */
import { type Cell, makeCell } from '../check/cell.ts';
import type { Config, Scenario } from '../scenarios/scenario.ts';
import { shootdown } from '../scenarios/shootdown/shootdown.ts';
import { story } from '../scenarios/story.ts';
import { UsageError } from '../usage-error.ts';
import type { CheckFlags } from './flags.ts';
import { builtIn, policyOf, type Target, targetOf } from './targets.ts';

export interface PlannedCell {
  target: Target;
  cell: Cell;
  /** Verdict worked out by hand: of the kernel as it is, hence only if no guard is taken away. */
  expected?: 'holds' | 'violated';
  /** Number of the planned cell of which this is a copy. */
  sameAs?: number;
  /** In the story: what the row shows, and whether its counterexample is printed. */
  about?: string;
  shown?: boolean;
}

export interface Plan {
  /** Cells one by one; the rows of the story; or the product of a scenario's axes. */
  mode: 'cells' | 'story' | 'all';
  cells: readonly PlannedCell[];
}

/** What is the same for every cell. */
type Asked = Pick<CheckFlags, 'without' | 'bufferDepth'>;

/** @throws UsageError */
export async function planOf(names: readonly string[], flags: CheckFlags): Promise<Plan> {
  if (flags.policy !== undefined) return policyPlan(names, flags.policy, flags);
  const asked = Object.keys(flags.config).length > 0 || flags.without.length > 0;
  if (names.length === 0 && !asked && flags.all !== true) return { mode: 'story', cells: storyCells(flags) };
  const targets: Target[] = [];
  for (const name of names.length === 0 ? ['retract'] : names) targets.push(await targetOf(name));
  if (flags.all !== true) return { mode: 'cells', cells: targets.map((t) => planned(t, flags.config, flags)) };
  const cells: PlannedCell[] = [];
  for (const target of targets) cells.push(...product(target, flags, cells.length));
  return { mode: 'all', cells };
}

/** `shootdown`, with each of the policies in a list. */
async function policyPlan(names: readonly string[], list: string, flags: CheckFlags): Promise<Plan> {
  const other = names.find((name) => name !== shootdown.name);
  if (other !== undefined) throw new UsageError(`--policy is for the scenario ${shootdown.name}, not for ${other}`);
  if ('policy' in flags.config) throw new UsageError('--policy and --config policy= say the same: give one of them');
  const cells: PlannedCell[] = [];
  for (const argument of list.split(',')) {
    const { policy, target } = await policyOf(argument);
    const config = target.module === null ? { ...flags.config, policy: policy.name } : flags.config;
    if (flags.all === true) cells.push(...product(target, { ...flags, config }, cells.length));
    else cells.push(planned(target, config, flags));
  }
  return { mode: flags.all === true ? 'all' : 'cells', cells };
}

function planned(target: Target, config: Config, { without, bufferDepth }: Asked): PlannedCell {
  const cell = makeCell(target.scenario, config, without, bufferDepth);
  const expected = without.length > 0 ? undefined : target.scenario.expected?.(cell.config);
  return { target, cell, ...(expected !== undefined && { expected }) };
}

function storyCells(flags: CheckFlags): PlannedCell[] {
  return story.map((row) => ({
    ...planned({ scenario: builtIn(row.scenario)!, module: null }, row.config, flags),
    about: row.about,
    shown: row.shown === true,
  }));
}

/** The axes that `--all` varies: those that belong to the product and are not set by hand. */
export const variedAxes = (scenario: Scenario, fixed: Config): string[] =>
  Object.keys(scenario.axes).filter((key) => scenario.axes[key]!.extra !== true && !(key in fixed));

/** Every configuration, the last axis varying fastest; what makes no sense is left out. */
function product(target: Target, flags: CheckFlags, base: number): PlannedCell[] {
  const { scenario } = target;
  const defaults = makeCell(scenario, flags.config, []).config;
  let configs: Config[] = [defaults];
  for (const key of variedAxes(scenario, flags.config)) {
    configs = configs.flatMap((config) => scenario.axes[key]!.values.map((value) => ({ ...config, [key]: value })));
  }
  const cells = configs
    .filter((config) => (scenario.conflict?.(config, flags.without) ?? null) === null)
    .map((config) => planned(target, config, flags));
  return markCopies(scenario, cells, base);
}

/** Of the cells that are one and the same, the one that they are copies of is decided, or the first if that one is not among them. */
function markCopies(scenario: Scenario, cells: PlannedCell[], base: number): PlannedCell[] {
  const keyOf = (config: Config): string => JSON.stringify(Object.entries(config).sort());
  const own = new Map(cells.map((p, i) => [keyOf(p.cell.config), i]));
  const decided = new Map<string, number>();
  return cells.map((p, i) => {
    const key = keyOf(scenario.sameAs?.(p.cell.config) ?? p.cell.config);
    if (!decided.has(key)) decided.set(key, own.get(key) ?? i);
    const at = decided.get(key)!;
    return at === i ? p : { ...p, sameAs: base + at };
  });
}
