// SPDX-License-Identifier: GPL-2.0-only
/** The MMU against one file of page-walk vectors. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { ROOT } from '../../src/build/erase.mjs';
import { findFiles } from '../../src/conformance/files.ts';
import { conform } from '../../src/conformance/run.ts';
import { walkerKind } from '../../src/conformance/walker/kind.ts';

export async function expectAgreement(name: string, total: number): Promise<void> {
  const files = findFiles([join(ROOT, `test/vectors/walker/${name}.jsonl.gz`)]);
  const limits = { differences: 3, signal: new AbortController().signal, progress: () => {} };
  const { all, found, complete } = await conform(walkerKind(), files, limits);
  expect(found.map((f) => f.difference.text())).toEqual([]);
  expect({ ...all, complete }).toEqual({ total, agree: total, disagree: 0, complete: true });
}
