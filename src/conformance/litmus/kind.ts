// SPDX-License-Identifier: GPL-2.0-only
/**
 * Litmus vectors as a kind: test/vectors/litmus.
 */
import { litmusMachine } from '../../litmus/machine.ts';
import { outcomesOf } from '../../litmus/outcomes.ts';
import type { Vector, VectorKind } from '../kind.ts';
import { compare } from './compare.ts';
import { eltVector } from './elt.ts';
import { parseElt } from './elt-record.ts';
import { Ratios } from './ratios.ts';
import { type LitmusRecord, parseRecord, readLine } from './record.ts';
import { differenceText } from './text.ts';

export function litmusKind(): VectorKind {
  const ratios = new Ratios();
  return {
    name: 'litmus',
    explainDispute: () => ({ section: '', about: '' }),
    parse(line, place) {
      const f = readLine(line, place);
      return f.get('suite').text() === 'elt-published' ? eltVector(parseElt(f), place) : recordVector(parseRecord(f), place, ratios);
    },
    summaries: () => ratios.summaries(),
  };
}

function recordVector(record: LitmusRecord, place: string, ratios: Ratios): Vector {
  return {
    id: record.name,
    group: record.suite,
    dispute: null,
    run() {
      const outcomes = outcomesOf(litmusMachine(record));
      ratios.add(record, outcomes);
      const d = compare(record, outcomes);
      if (d === null) return null;
      const { missing, extra, conditions, search } = d;
      return {
        expected: { missing, conditions: conditions.map(({ name, recorded }) => ({ name, is: recorded })) },
        actual: { extra, conditions: conditions.map(({ name, found }) => ({ name, is: found })), search },
        text: () => differenceText(place, record, d),
      };
    },
  };
}
