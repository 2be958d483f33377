// SPDX-License-Identifier: GPL-2.0-only
/**
 * A user's scenario whose every callback ends, or is reported by name. What is called now and then has a time limit of its own; what is called in each
 * execution tells the watchdog that it runs. Programs, handlers and `always` run in transitions, which are watched as such.
 */
import { Watched } from '../engines/watched.ts';
import type { EndCheck, Scenario } from '../scenarios/scenario.ts';
import { UsageError } from '../usage-error.ts';
import { bounded } from './bounded.ts';
import { failureOf, USAGE } from './exit.ts';

export type OnRun = (what: number) => void;

const CALLBACKS = [
  ...['machine', 'sameAs', 'starts', 'kernel', 'guardsOff', 'conflict', 'setup', 'programs'],
  ...['nmi', 'always', 'atEnd', 'reachable', 'expected'],
] as const;

type Callback = (...args: unknown[]) => unknown;

/** What it throws is the user's if its stack passes through the file. */
export function watchedScenario(scenario: Scenario, file: string, onRun?: OnRun): Scenario {
  const own = scenario as unknown as Record<string, Callback | undefined>;
  const watched: Record<string, Callback> = {};
  for (const name of CALLBACKS) {
    if (own[name] === undefined) continue;
    watched[name] = (...args) => {
      try {
        return bounded(`${file}: ${name}()`, () => own[name]!(...args));
      } catch (e) {
        const failure = failureOf(e, file);
        throw failure.code === USAGE ? new UsageError(failure.text) : e;
      }
    };
  }
  const atEnd = watched.atEnd as Scenario['atEnd'];
  const telling = (check: EndCheck): EndCheck => ({ ...check, fails: () => told(() => check.fails()) });
  const told = <T>(run: () => T): T => {
    onRun?.(Watched.AT_END);
    const result = run();
    onRun?.(Watched.SEARCHING);
    return result;
  };
  return { ...scenario, ...watched, ...(atEnd !== undefined && { atEnd: (world, config) => atEnd(world, config).map(telling) }) };
}
