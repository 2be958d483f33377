// SPDX-License-Identifier: GPL-2.0-only
/**
 * A kind of test vectors: how a line becomes a vector, and how a vector is run. What all kinds share (files, totals, differences) is the runner's.
 */

/** What a vector says should happen and what does, where the two differ. */
export interface Difference {
  /** For `--json`. */
  readonly expected: unknown;
  readonly actual: unknown;
  /** It is known what makes all of it, and that it should be there. */
  readonly explained?: boolean;
  /** For people: the whole case, on several lines. */
  text(): string;
}

export interface Vector {
  readonly id: string;
  readonly group: string;
  /** Code of what the references of this vector disagree about; null if they do not. */
  readonly dispute: string | null;
  /** @returns null if what happens is what the vector says */
  run(): Difference | null;
}

/** What a code of a dispute means. */
export interface DisputeText {
  /** Where the manual speaks of it. */
  section: string;
  about: string;
}

/** What a kind has to tell of a whole run besides what agrees. */
export interface Summary {
  /** Member of the JSON report. */
  name: string;
  json: unknown;
  title: string;
  /** A header, then texts: numbers in every column but the first and those without a name. */
  rows: readonly (readonly string[])[];
}

/** One vector as a file has it. */
export interface Text {
  /** For messages. */
  place: string;
  text: string;
}

export interface VectorKind {
  readonly name: string;
  /** Names of its files in a directory; by default *.jsonl and *.jsonl.gz. */
  readonly files?: RegExp;
  /** Those of a file; by default its lines. @throws UsageError */
  records?(file: string): Text[];
  /** @param place such as FILE:LINE, for messages. @throws UsageError naming the place and the field */
  parse(text: string, place: string): Vector;
  explainDispute(code: string): DisputeText;
  /** Of the vectors run so far. */
  summaries?(): readonly Summary[];
}
