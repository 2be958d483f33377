// SPDX-License-Identifier: GPL-2.0-only
/**
 * Tokens: what is written is read again, whatever it is, and nothing else is read.
 * Time budget: 10 s.
 */
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatToken, MODEL, parseToken, type TokenContent } from '../../src/check/token.ts';
import { scenarios } from '../../src/scenarios/index.ts';
import { UsageError } from '../../src/usage-error.ts';

const picks = fc.array(fc.record({ actor: fc.nat(20), choice: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(4)) }), {
  maxLength: 300,
});
const runs = fc
  .array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 40 })), { maxLength: 20 })
  .map((all) => all.flatMap(([actor, n]) => Array.from({ length: n }, () => ({ actor, choice: 0 }))));
const ofScenario = fc.constantFrom(...scenarios).chain((s) =>
  fc.record({
    scenario: fc.constant(s.name),
    config: fc.record(Object.fromEntries(Object.entries(s.axes).map(([key, axis]) => [key, fc.constantFrom(...axis.values)]))),
  }),
);
const ofAnyone = fc.record({
  scenario: fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/),
  config: fc.dictionary(fc.string(), fc.string(), { maxKeys: 5, noNullPrototype: true }),
});
const content: fc.Arbitrary<TokenContent> = fc
  .tuple(
    fc.oneof(ofScenario, ofAnyone),
    fc.record({ without: fc.array(fc.stringMatching(/^[a-z-]{1,12}$/), { maxLength: 4 }), start: fc.nat(4), picks: fc.oneof(picks, runs) }),
    fc.oneof(fc.constant({}), fc.record({ bufferDepth: fc.integer({ min: 1, max: 9 }) })),
  )
  .map(([a, b, c]) => ({ ...a, ...b, ...c }));

function refusal(token: string): string {
  try {
    parseToken(token);
  } catch (e) {
    expect(e).toBeInstanceOf(UsageError);
    expect((e as Error).message).not.toContain('\n');
    return (e as Error).message;
  }
  throw new Error(`it was read: ${token}`);
}

/** A token with a payload of one's own, and the checksum that belongs to it. */
function forged(payload: object | string, format = 'paelab1'): string {
  const json = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const head = `${format}.retract.${deflateRawSync(json).toString('base64url')}`;
  return `${head}.${crc32(head).toString(36)}`;
}

const example: TokenContent = {
  scenario: 'retract',
  config: { sync: 'absent', reader: 'foreign' },
  without: ['csd-wait'],
  start: 1,
  picks: [0, 0, 0, 1, 1, 7, 0, 2].map((actor, i) => ({ actor, choice: i === 4 ? 2 : 0 })),
};
const good = { m: MODEL, c: example.config, w: [], s: 0, p: '0*3 1 1:2' };

test('a token is one word, and is read as it was written', () => {
  fc.assert(
    fc.property(content, (c) => {
      const token = formatToken(c);
      expect(token).toMatch(/^paelab1\.[\w-]+\.[\w-]+\.[0-9a-z]+$/);
      expect(parseToken(token)).toEqual(c);
      expect(parseToken(` ${token}\n`)).toEqual(c);
    }),
    { numRuns: 500 },
  );
});

test('picks are written as runs', () => {
  const payload = formatToken(example).split('.')[2]!;
  const json = JSON.parse(inflateRawSync(Buffer.from(payload, 'base64url')).toString()) as { p: string };
  expect(json.p).toBe('0*3 1 1:2 7 0 2');
});

describe('a damaged token is refused', () => {
  const token = formatToken(example);

  test('whichever character is another one', () => {
    for (let i = 0; i < token.length; i++) {
      for (const other of 'AZaz09-_. +*') if (other !== token[i]) refusal(token.slice(0, i) + other + token.slice(i + 1));
    }
  });

  test('whichever character is missing, doubled, or has changed places with the next', () => {
    for (let i = 0; i < token.length; i++) {
      refusal(token.slice(0, i) + token.slice(i + 1));
      refusal(token.slice(0, i) + token[i] + token.slice(i));
      const swapped = token.slice(0, i) + (token[i + 1] ?? '') + token[i] + token.slice(i + 2);
      if (swapped !== token) refusal(swapped);
    }
  });

  test('wherever it is cut', () => {
    for (let i = 0; i < token.length; i++) refusal(token.slice(0, i));
  });
});

const FIELDS = 'damaged token: the payload has other fields than a token has';

describe('the reason is named', () => {
  test.each([
    ['too few parts', 'abc', 'not a token: it has 1 parts between dots, not 4'],
    ['another format', formatToken(example).replace('paelab1', 'paelab2'), "token of format 'paelab2': this paelab reads paelab1"],
    ['another format with its own checksum', forged(good, 'paelab0'), "token of format 'paelab0': this paelab reads paelab1"],
    ['another scenario in the middle', formatToken(example).replace('retract', 'retract-gup'), 'damaged token: the checksum does not fit'],
    ['another model', forged({ ...good, m: MODEL + 1 }), `token of model ${MODEL + 1}: this paelab has model ${MODEL}`],
    ['a payload that is no JSON', forged('{'), 'damaged token: the payload cannot be read'],
    ['a payload that is no object', forged('null'), `token of model undefined: this paelab has model ${MODEL}`],
    ['a configuration that is none', forged({ ...good, c: 3 }), FIELDS],
    ['values that are no strings', forged({ ...good, c: { sync: 1 } }), FIELDS],
    ['guards that are none', forged({ ...good, w: 'csd-wait' }), FIELDS],
    ['a starting state below 0', forged({ ...good, s: -1 }), FIELDS],
    ['picks that are no text', forged({ ...good, p: [0, 0] }), FIELDS],
    ['a buffer without a place', forged({ ...good, b: 0 }), FIELDS],
    ['more picks than an execution has', forged({ ...good, p: '0*19999 1*2' }), 'damaged token: it has more than 20000 picks'],
    ['a bomb', forged(' '.repeat(1 << 21)), 'damaged token: the payload cannot be read'],
    ['picks that are none', forged({ ...good, p: '0*3 x' }), "damaged token: 'x' is no run of picks"],
  ])('%s', (_, token, message) => {
    expect(refusal(token)).toBe(message);
  });

  test('a forged one is fine if all is well: the cases above are refused for what they say', () => {
    expect(parseToken(forged(good)).picks.map((p) => p.actor)).toEqual([0, 0, 0, 1, 1]);
  });
});
