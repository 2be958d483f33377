// SPDX-License-Identifier: GPL-2.0-only
/**
 * Every result code of a collapse comes about on its real way: by what a process does, by a setting, by an injected failure, or by what another CPU
 * does at a certain moment; and the caller is told the right errno. The last test says which codes nobody has seen. Time budget: 15 s.
 */
import { describe, expect, test } from 'vitest';
import { codes, eachWay } from './judge.ts';
import { waysAnon } from './ways-anon.ts';
import { waysFile } from './ways-file.ts';

const seen = new Set<number>();

describe('anonymous memory', () => eachWay(waysAnon, seen));
describe('files', () => eachWay(waysFile, seen));

test('every code has been seen', () => {
  expect([...codes.keys()].filter((name) => !seen.has(codes.get(name)!))).toEqual([]);
});
