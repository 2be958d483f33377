// SPDX-License-Identifier: GPL-2.0-only
/** The machine and kernel of a workload from `--config KEY=VALUE`, or from lines of its file. */
import { RELEASES } from '../kernel/changes.ts';
import { UsageError } from '../usage-error.ts';
import { DEFAULTS, type WorldConfig } from './world.ts';

const MIB = 2 ** 20;
/** The kernel has to fit in, and the numbers of frames into 32 bits as zones count them. */
const LEAST_MIB = 64;
const MOST_MIB = 2 ** 23;
const MOST_CPUS = 31;

/** A value, and for messages where it stands: FILE:LINE, or the option. */
export interface Setting {
  value: string;
  place: string;
}

/** Of the command line. */
export const optionsOf = (given: Readonly<Record<string, string>>): Map<string, Setting> =>
  new Map(Object.entries(given).map(([key, value]) => [key, { value, place: '--config' }]));

/** @throws UsageError naming place and key */
export function configOf(given: ReadonlyMap<string, Setting>, defaults = DEFAULTS): WorldConfig {
  const config = { ...defaults };
  for (const [key, setting] of given) {
    if (key === 'kernel') config.release = releaseOf(setting);
    else if (key === 'cpus') config.cpus = whole(key, setting, 1, MOST_CPUS);
    else if (key === 'memory') config.bytes = whole(key, setting, LEAST_MIB, MOST_MIB) * MIB;
    else throw new UsageError(`${setting.place} ${key}: there is only kernel, cpus and memory (in MiB)`);
  }
  return config;
}

function releaseOf({ value, place }: Setting): WorldConfig['release'] {
  const release = RELEASES.find((one) => one === value);
  if (release === undefined) throw new UsageError(`${place} kernel=${value}: not one of ${RELEASES.join(', ')}`);
  return release;
}

function whole(key: string, { value, place }: Setting, least: number, most: number): number {
  const n = Number(value);
  if (!/^\d+$/.test(value) || n < least || n > most)
    throw new UsageError(`${place} ${key}=${value}: not a whole number from ${least} to ${most}`);
  return n;
}
