// SPDX-License-Identifier: GPL-2.0-only
/** The machine and kernel of a workload from `--config KEY=VALUE`. */
import { RELEASES } from '../kernel/changes.ts';
import { UsageError } from '../usage-error.ts';
import { DEFAULTS, type WorldConfig } from './world.ts';

const MIB = 2 ** 20;
/** The kernel has to fit in, and the numbers of frames into 32 bits as zones count them. */
const LEAST_MIB = 64;
const MOST_MIB = 2 ** 23;
const MOST_CPUS = 31;

/** @throws UsageError naming the key */
export function configOf(given: Readonly<Record<string, string>>): WorldConfig {
  const config = { ...DEFAULTS };
  for (const [key, value] of Object.entries(given)) {
    if (key === 'kernel') config.release = oneOf(value);
    else if (key === 'cpus') config.cpus = whole(key, value, 1, MOST_CPUS);
    else if (key === 'memory') config.bytes = whole(key, value, LEAST_MIB, MOST_MIB) * MIB;
    else throw new UsageError(`--config ${key}: there is only kernel, cpus and memory (in MiB)`);
  }
  return config;
}

function oneOf(value: string): WorldConfig['release'] {
  const release = RELEASES.find((one) => one === value);
  if (release === undefined) throw new UsageError(`--config kernel=${value}: not one of ${RELEASES.join(', ')}`);
  return release;
}

function whole(key: string, value: string, least: number, most: number): number {
  const n = Number(value);
  if (!/^\d+$/.test(value) || n < least || n > most)
    throw new UsageError(`--config ${key}=${value}: not a whole number from ${least} to ${most}`);
  return n;
}
