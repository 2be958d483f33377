// SPDX-License-Identifier: GPL-2.0-only
/** try */
import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { filmOf } from '../../src/check/film.ts';
import { cellOfToken, parseToken } from '../../src/check/token.ts';
import { builtIn } from '../../src/cli/targets.ts';

test('x', () => {
  const token = /paelab1\.\S+/.exec(readFileSync('README.md', 'utf8'))![0];
  const t = parseToken(token);
  const film = filmOf(cellOfToken(t, builtIn(t.scenario)!), t.start, t.picks);
  console.log(JSON.stringify(film.entries), JSON.stringify(film.instants.at(-1), null, 1), film.records, film.drawn.join());
});
