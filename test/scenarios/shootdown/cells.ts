// SPDX-License-Identifier: GPL-2.0-only
/** Checks a cell of `shootdown` for real. */
import { expect } from 'vitest';
import type { Config } from '../../../src/scenarios/scenario.ts';
import { scenarioNamed, verdictOf } from '../retract/cells.ts';

const { axes, expected } = scenarioNamed('shootdown');
const defaults = Object.fromEntries(Object.entries(axes).map(([key, axis]) => [key, axis.default]));

/** The verdict is what theory says, and one that holds is of every execution. */
export function expectCell(config: Config): void {
  const { verdict, complete, note, blocked } = verdictOf('shootdown', config);
  const wanted = expected!({ ...defaults, ...config });
  if (wanted === 'holds')
    expect({ verdict, complete, note, blocked }).toEqual({ verdict: 'holds', complete: true, note: null, blocked: 0 });
  else expect({ verdict, note }).toEqual({ verdict: 'violated', note: null });
}
