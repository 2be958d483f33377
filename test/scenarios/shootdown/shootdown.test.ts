// SPDX-License-Identifier: GPL-2.0-only
/**
 * Shootdown policies: each right one holds, complete, and each that leaves something out is found, with an execution that replays. The whole product is
 * in shootdown.long.test.ts. Time budget: 10 s.
 */
import { describe, expect, test } from 'vitest';
import { makeCell } from '../../../src/check/cell.ts';
import { reportOf } from '../../../src/check/report.ts';
import { cellOfToken, parseToken } from '../../../src/check/token.ts';
import { policies, policyNamed, rightPolicies, wrongPolicies } from '../../../src/policies/index.ts';
import type { Config } from '../../../src/scenarios/scenario.ts';
import { scenarioNamed, verdictOf } from '../retract/cells.ts';
import { expectCell } from './cells.ts';

describe('right', () => {
  test.each(rightPolicies)('$name', ({ name }) => expectCell({ policy: name }));

  test.each<Config>([
    { policy: 'early-ack', operation: 'mprotect' },
    { policy: 'lazy', operation: 'munmap' },
    { policy: 'invlpgb', operation: 'munmap', victim: 'switching' },
    { policy: 'access-bit', operation: 'age' },
  ])('%o', expectCell);
});

describe('wrong, but not for what it does not do', () => {
  test.each<Config>([
    { policy: 'lazy-free' },
    { policy: 'lazy-reuse', operation: 'munmap' },
    { policy: 'access-bit-aged', operation: 'munmap' },
  ])('%o', expectCell);
});

/** Where each shows itself, and as what. */
const shows: Record<string, [operation: string, summary: RegExp]> = {
  none: ['dontneed', /touch of frame 0x[0-9a-f]+, which is freed/],
  'early-ack-return': ['mprotect', /the page changes when mprotect\(PROT_READ\) has returned/],
  'lazy-free': ['munmap', /which is freed/],
  'lazy-reuse': ['remap', /P reads 0x100 at an address that was mapped anew, with 0x777\s+there/],
  'access-bit-aged': ['age', /which is freed/],
  'invlpgb-nosync': ['dontneed', /which is freed/],
};

describe('wrong', () => {
  test.each(wrongPolicies)('$name', ({ name }) => {
    const [operation, summary] = shows[name]!;
    const config = { policy: name, operation };
    expect(scenarioNamed('shootdown').expected!(config)).toBe('violated');
    expect(verdictOf('shootdown', config).counterexample!.violation.summary).toMatch(summary);
  });
});

test('an early acknowledgement shows where it is too early, and again from its token', () => {
  const cell = makeCell(scenarioNamed('shootdown'), { policy: 'early-ack-return' }, []);
  const { start, picks } = verdictOf('shootdown', cell.config).counterexample!;
  const { text, token } = reportOf(cell, start, picks);
  const again = parseToken(token);
  expect(reportOf(cellOfToken(again, cell.scenario), again.start, again.picks).text).toBe(text);
  const order = ['interrupt -> CPU1', '<interrupt>', 'acked[1] = 0x1', '</interrupt>', 'frame is given back'];
  const diagram = text.slice(text.indexOf('CPU0 (P/1)'));
  const places = order.map((line) => diagram.indexOf(line));
  expect(
    places.every((at) => at > 0),
    text,
  ).toBe(true);
  expect([...places].sort((a, b) => a - b)).toEqual(places);
});

test('names of policies are known, and their own', () => {
  expect(new Set(policies.map((p) => p.name)).size).toBe(policies.length);
  expect(scenarioNamed('shootdown').axes.policy!.values).toEqual(policies.map((p) => p.name));
  expect(() => policyNamed('fast')).toThrow(
    /^no policy 'fast'; known: linux, serial, broadcast, early-ack, lazy, access-bit, invlpgb, none, /,
  );
});
