// SPDX-License-Identifier: GPL-2.0-only
/** What the random strategies draw is found by the exhaustive search too: more programs, of any size. Time budget: 2 min. */
import { test } from 'vitest';
import { drawsWhatIsThere, type Name } from '../support/draws.ts';
import { FAMILIES } from '../support/fuzz.ts';

test.each(Object.keys(FAMILIES) as Name[])('what is drawn is there: %s', (family) => drawsWhatIsThere(family, 80));
