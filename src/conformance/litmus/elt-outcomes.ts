// SPDX-License-Identifier: GPL-2.0-only
/**
 * The outcomes that published enhanced litmus tests ask about. Their encoding (TransForm, ISCA 2020) has frames and walks, but no values, so that
 * tests of one shape have different verdicts: sb_synonym and sb_synonym_permit. The values are those of the tests that the names stand for
 * (n2 and n5: Owens, Sarkar, Sewell, TPHOLs 2009). What is not listed asks whether the shape can happen, whatever its loads return.
 */
export interface EltOutcome {
  /** What a load returns: the value of a store, or the one that the frame held at first. */
  reads?: Readonly<Record<string, string | 'init'>>;
  /** Accesses to the frame that the page had before it was remapped. */
  old?: readonly string[];
}

export const ELT_OUTCOMES: Readonly<Record<string, EltOutcome>> = {
  'elt-mp': { reads: { r20: 'w10', r30: 'init' } },
  'elt-n2': { reads: { r40: 'w00', r50: 'w20', r60: 'w30', r70: 'init' } },
  'elt-n5': { reads: { r10: 'w20', r30: 'w00' } },
  'elt-n5_synonym': { reads: { r30: 'w50', r60: 'w20' } },
  'elt-ptwalk2': { old: ['r20'] },
  'elt-rftest': { reads: { r10: 'w00' } },
  'elt-sb': { reads: { r10: 'init', r30: 'init' } },
  'elt-sb_synonym': { reads: { r30: 'init', r60: 'init' } },
};
