// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a study is asked for, read from the words of the command line.
 */
import { CONSTANTS, type CostName, type Costs, costsOf, PROFILES, type Profile, type ProfileName } from '../engines/timed/costs.ts';
import { NR_CPUS } from '../kernel/include/linux/cpumask.ts';
import type { Policy } from '../kernel/policy.ts';
import { UsageError } from '../usage-error.ts';
import { strideOf, USER_BYTES } from './operations.ts';
import type { Recording } from './recording.ts';
import type { WorkloadName } from './setting.ts';

export interface Plan {
  cpus: readonly number[];
  policies: readonly Policy[];
  pages: readonly number[];
  initiators: readonly number[];
  idle: number;
  pause: number;
  profileName: ProfileName;
  profile: Profile;
  costs: Costs;
  workload: WorkloadName | Recording;
  seed: number;
}

const MOST_PAGES = 4096;

function whole(text: string, option: string, least: number, most: number): number {
  const n = Number(text);
  if (!/^\d+$/.test(text) || n < least || n > most)
    throw new UsageError(
      `${option} ${text}: not a whole number from ${least} to ${most}, a list of them as 1,2,4, or a range as ${least}..${most}`,
    );
  return n;
}

/** `4`, `1,2,4`, or `1..64`: the ends of the range and the powers of two between them. @throws UsageError */
function numbers(text: string, option: string, least: number, most: number): number[] {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [first = '', last, ...more] = part.split('..');
    if (more.length > 0) throw new UsageError(`${option} ${text}: a range is written ${least}..${most}`);
    const from = whole(first, option, least, most);
    found.add(from);
    if (last === undefined) continue;
    const to = whole(last, option, least, most);
    if (to < from) throw new UsageError(`${option} ${text}: the range ends before it begins`);
    for (let n = 1; n < to; n *= 2) if (n > from) found.add(n);
    found.add(to);
  }
  return [...found].sort((a, b) => a - b);
}

export const cpusOf = (text: string): number[] => numbers(text, '--cpus', 1, NR_CPUS);
export const initiatorsOf = (text: string): number[] => numbers(text, '--initiators', 1, NR_CPUS);
export const pagesOf = (text: string): number[] => numbers(text, '--pages', 1, MOST_PAGES);

/**
 * Each number of initiators needs so many CPUs besides the idle ones, and address space for the pages of all.
 * @throws UsageError
 */
export function checkInitiators({ cpus, initiators, idle, pause, pages, workload }: Plan): void {
  const most = Math.max(...cpus) - idle;
  const given = idle > 0 ? 'idle' : pause > 0 ? 'pause' : initiators.some((n) => n > 1) ? 'initiators' : null;
  if (typeof workload !== 'string' && given !== null) throw new UsageError(`--${given}: ${workload.file} says who does what, and when`);
  // lru_add_drain_all() of the port empties the other CPUs' batches itself, while nobody else adds to them.
  if (workload === 'collapse' && initiators.some((n) => n > 1))
    throw new UsageError('--initiators: collapses are done one after the other');
  if (most < 1) throw new UsageError(`--idle ${idle}: of ${Math.max(...cpus)} CPUs at least one has to do something`);
  const many = initiators.find((n) => n > most);
  if (many !== undefined) throw new UsageError(`--initiators ${many}: there are ${most} CPUs that are not idle, at most`);
  const [widest, longest] = [Math.max(...initiators), Math.max(...pages)];
  if (widest * strideOf(longest) > USER_BYTES)
    throw new UsageError(`--initiators ${widest}: ${longest} pages for each are more than the address space has`);
}

/** @throws UsageError with what there is */
export function profileNamed(name: string): ProfileName {
  if (!Object.hasOwn(PROFILES, name)) throw new UsageError(`no profile '${name}'; known: ${Object.keys(PROFILES).join(', ')}`);
  return name as ProfileName;
}

/**
 * A machine of the user's own: constants by name, and `socket`, `cluster` and `ghz`, in the place of the profile's.
 * @param text JSON
 * @throws UsageError naming file and field
 */
export function costsIn(text: string, file: string, profile: Profile): { profile: Profile; costs: Costs } {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (e) {
    throw new UsageError(`${file}: no JSON (${(e as Error).message.split('\n')[0]})`);
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new UsageError(`${file}: not an object of constants`);
  const own = { ...profile };
  const costs = costsOf(profile);
  for (const [field, value] of Object.entries(given)) {
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
      throw new UsageError(`${file}: ${field}: not a number from 0 on`);
    if (Object.hasOwn(CONSTANTS, field)) costs[field as CostName] = value;
    else if (field !== 'socket' && field !== 'cluster' && field !== 'ghz')
      throw new UsageError(`${file}: no constant '${field}'; known: ${Object.keys(CONSTANTS).join(', ')}, socket, cluster, ghz`);
    else if (field !== 'ghz' && (!Number.isInteger(value) || value === 0))
      throw new UsageError(`${file}: ${field}: not a whole number from 1 on`);
    else own[field] = value;
  }
  if (costs.jitter > 1) throw new UsageError(`${file}: jitter: a part, so 1 at most`);
  return { profile: own, costs };
}
