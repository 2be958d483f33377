// SPDX-License-Identifier: GPL-2.0-only
/**
 * Generations fit into ten bits of a tag, and are never the empty one.
 * Time budget: 1 s.
 */
import { expect, test } from 'vitest';
import { LAST_GENERATION, nextGeneration } from '../../mmu/generation.ts';

test('generations count from 1 to 1,023, and then 0 asks for a wipe', () => {
  const seen = [1];
  for (let g = nextGeneration(1); g !== 0; g = nextGeneration(g)) seen.push(g);
  expect(seen).toEqual(Array.from({ length: 1023 }, (_, i) => i + 1));
  expect(LAST_GENERATION).toBe(1023);
});
