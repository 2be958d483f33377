// SPDX-License-Identifier: GPL-2.0-only
/** Random processes that write, fork, collapse and page out: every page as a plain model says, and every count right. Budget: 10 s. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { audit } from '../../../src/invariants/audit.ts';
import { parseOperation } from '../../../src/workload/parse.ts';
import { Performer } from '../../../src/workload/perform.ts';
import { rootsOf } from '../../../src/workload/roots.ts';
import { World, worldMemory } from '../../../src/workload/world.ts';

const PAGES = 24;
const ANON = 'H0';
const FILE = 'H2';

/** Seeds of the patterns of pages; 0: zeroes. */
interface Model {
  anon: Map<string, number[]>;
  file: number[];
}

const step = fc.record({
  what: fc.constantFrom('write', 'pageout', 'fork', 'dontneed', 'collapse', 'exit', 'fwrite', 'fpageout', 'read'),
  who: fc.nat({ max: 3 }),
  from: fc.nat({ max: PAGES - 1 }),
  n: fc.integer({ min: 1, max: PAGES }),
  seed: fc.integer({ min: 1, max: 1000 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Run {
  readonly w = new World({ release: '6.6', cpus: 2, bytes: 2 ** 27 }, worldMemory(new Int32Array(new SharedArrayBuffer(2 ** 26))));
  private readonly performer = new Performer(this.w);
  private readonly model: Model = { anon: new Map([['P0', new Array<number>(PAGES).fill(0)]]), file: new Array<number>(PAGES).fill(0) };

  constructor() {
    this.op(`file F0 memfd ${PAGES}`);
    this.op('spawn P0 0');
    this.op(`mmap P0 ${ANON} 512 rw anon`);
    this.op(`mmap P0 ${FILE} ${PAGES} rw shared F0 0`);
  }

  private op(text: string): void {
    const result = this.performer.perform(parseOperation(text, 'test'));
    expect(result.err, text).toBeUndefined();
    expect(result.bad ?? 0, text).toBe(0);
  }

  take({ what, who, from, n, seed }: Step): void {
    const names = [...this.model.anon.keys()];
    const p = names[who % names.length]!;
    const mine = this.model.anon.get(p)!;
    const pages = Math.min(n, PAGES - from);
    const range = `${pages}`;
    if (what === 'write') {
      this.op(`write ${p} ${ANON}+${from} ${range} ${seed}`);
      mine.fill(seed, from, from + pages);
    } else if (what === 'fwrite') {
      this.op(`write ${p} ${FILE}+${from} ${range} ${seed}`);
      this.model.file.fill(seed, from, from + pages);
    } else if (what === 'dontneed') {
      this.op(`madvise ${p} ${ANON}+${from} ${range} DONTNEED`);
      mine.fill(0, from, from + pages);
    } else if (what === 'read') this.op(`read ${p} ${ANON}+${from} ${range}`);
    else if (what === 'pageout') this.op(`madvise ${p} ${ANON}+${from} ${range} PAGEOUT`);
    else if (what === 'fpageout') this.op(`madvise ${p} ${FILE}+${from} ${range} PAGEOUT`);
    else if (what === 'collapse')
      this.performer.perform(parseOperation(`collapse ${p} ${ANON} 512`, 'test')); // may fail
    else if (what === 'fork' && names.length < 4) {
      const child = `P${this.w.processes.size}`;
      this.op(`fork ${p} ${child}`);
      this.model.anon.set(child, [...mine]);
    } else if (what === 'exit' && names.length > 1) {
      this.op(`exit ${p}`);
      this.model.anon.delete(p);
    }
  }

  audited(): string[] {
    return audit(this.w.k, rootsOf(this.w));
  }

  check(): void {
    for (const [p, mine] of this.model.anon) {
      this.verify(p, ANON, mine);
      this.verify(p, FILE, this.model.file);
    }
  }

  private verify(p: string, base: string, seeds: readonly number[]): void {
    for (const [i, seed] of seeds.entries()) this.op(seed === 0 ? `verifyz ${p} ${base}+${i} 1` : `verify ${p} ${base}+${i} 1 ${seed}`);
  }
}

test('what processes read is what they wrote, wherever it was meanwhile', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 6, maxLength: 14 }), (steps) => {
      const run = new Run();
      for (const one of steps) {
        run.take(one);
        expect(run.audited()).toEqual([]);
      }
      run.check();
      expect(run.audited()).toEqual([]);
    }),
    { seed: 1, numRuns: 8 },
  );
});
