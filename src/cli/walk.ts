// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab walk`: one translation of a linear address, explained.
 */
import { FETCH, IMPLICIT, READ, USER, WRITE } from '../../mmu/access.ts';
import { explain } from '../explain/explain.ts';
import type { Explanation } from '../explain/explanation.ts';
import { UsageError } from '../usage-error.ts';
import { entryAddressOf, hex32 } from './hex.ts';
import { openImage, readStateFile, type StateFile } from './walk-memory.ts';
import { startOf, type WalkFlags } from './walk-state.ts';
import { walkText } from './walk-text.ts';

const NO_FILE: StateFile = { name: 'no state file', memory: new Map() };

export function walk(address: string, file: string | undefined, flags: WalkFlags): void {
  const explanation = explanationOf(address, file, flags);
  const json = { schema: 'paelab/walk', version: 1, ...explanation };
  process.stdout.write(flags.json ? `${JSON.stringify(json, null, 2)}\n` : walkText(explanation));
}

/** @throws UsageError */
function explanationOf(address: string, file: string | undefined, flags: WalkFlags): Explanation {
  const va = hex32(address, 'address');
  const access = accessOf(flags);
  const given = file === undefined ? NO_FILE : readStateFile(file);
  const { state, mmu } = startOf(given, flags);
  if (flags.image === undefined) {
    if (flags.base !== undefined) throw new UsageError('--base: it needs --image');
    return explain(mmu, state, (at) => given.memory.get(at) ?? null, va, access);
  }
  const image = openImage(flags.image, entryAddressOf(flags.base ?? '0', '--base'));
  try {
    return explain(mmu, state, (at) => given.memory.get(at) ?? image.entryAt(at), va, access);
  } finally {
    image.close();
  }
}

function accessOf({ access, user, implicit }: WalkFlags): number {
  if (implicit && user) throw new UsageError('--implicit: it is a supervisor-mode access, not a --user one');
  if (implicit && access === 'fetch') throw new UsageError('--implicit: it is an access to data, not a fetch');
  const kind = { read: READ, write: WRITE, fetch: FETCH }[access];
  return kind | (user ? USER : 0) | (implicit ? IMPLICIT : 0);
}
