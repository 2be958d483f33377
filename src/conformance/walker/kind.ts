// SPDX-License-Identifier: GPL-2.0-only
/**
 * Page-walk vectors as a kind: test/vectors/walker.
 */
import { hexOf, hexOfPair, type Pair } from '../field.ts';
import type { Vector, VectorKind } from '../kind.ts';
import { firstDifference, type StepDifference } from './compare.ts';
import { explainDispute } from './disputes.ts';
import { Machine } from './machine.ts';
import { parseRecord } from './parse.ts';
import type { Entry, Outcome, WalkerRecord } from './record.ts';
import { differenceText } from './text.ts';

export function walkerKind(): VectorKind {
  const machine = new Machine();
  const vector = (record: WalkerRecord): Vector => ({
    id: record.id,
    group: record.group,
    dispute: record.why,
    run() {
      const d = firstDifference(machine, record);
      if (d === null) return null;
      const { expected } = record.steps[d.step]!;
      return {
        expected: answer(d, expected, (w) => w.entry.after),
        actual: answer(d, d.outcome, (w) => w.holds),
        text: () => differenceText(record, d),
      };
    },
  });
  return { name: 'walker', explainDispute, parse: (line, place) => vector(parseRecord(line, place)) };
}

/** In the terms of the vectors; of the entries only those that differ. */
function answer({ step, wrong }: StepDifference, r: Outcome, value: (w: { entry: Entry; holds: Pair }) => Pair) {
  const inHex = Object.entries(r).map(([key, v]) => [key, typeof v === 'number' && key !== 'ec' ? hexOf(v) : v]);
  return { step, r: Object.fromEntries(inHex), post: Object.fromEntries(wrong.map((w) => [w.entry.name, hexOfPair(value(w))])) };
}
