// SPDX-License-Identifier: GPL-2.0-only
/** The kinds of vectors that there are, by the names that the command line has for them. */
import { collapseKind } from './collapse/kind.ts';
import type { VectorKind } from './kind.ts';
import { litmusKind } from './litmus/kind.ts';
import { walkerKind } from './walker/kind.ts';

export const kinds: Record<string, (config: Readonly<Record<string, string>>) => VectorKind> = {
  walker: walkerKind,
  litmus: litmusKind,
  collapse: collapseKind,
};
