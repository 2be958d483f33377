// SPDX-License-Identifier: GPL-2.0-only
/**
 * Tags that carry a generation, so that an array of any size is emptied by counting up. A tag has the page's address bits on top and the generation
 * in its low bits; a generation is never 0, so a tag of 0 is an empty place.
 *
 * Reference: B3 of the measurements in docs/design-notes.md, "Hot path": 2.5 ns instead of 48 ns for 1,024 tags.
 */

/** Generations of a tag with bits 9..0 for it. */
export const LAST_GENERATION = 1023;

/** The next generation; 0 when the tags have to be wiped first, since the old ones would come back. */
export const nextGeneration = (generation: number): number => (generation === LAST_GENERATION ? 0 : generation + 1);
