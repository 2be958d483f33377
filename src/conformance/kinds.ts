// SPDX-License-Identifier: GPL-2.0-only
/** The kinds of vectors that there are, by the names that the command line has for them. */
import { UsageError } from '../usage-error.ts';
import type { VectorKind } from './kind.ts';
import { litmusKind } from './litmus/kind.ts';
import { walkerKind } from './walker/kind.ts';

type Config = Readonly<Record<string, string>>;

/** A kind without configurations. */
const fixed =
  (make: () => VectorKind) =>
  (config: Config): VectorKind => {
    const [key] = Object.keys(config);
    if (key !== undefined) throw new UsageError(`--config ${key}: these vectors have nothing to configure`);
    return make();
  };

export const kinds: Record<string, (config: Config) => VectorKind | Promise<VectorKind>> = {
  walker: fixed(walkerKind),
  litmus: fixed(litmusKind),
  // Imported when it is needed: this one runs on the erased build.
  collapse: async (config) => (await import('./collapse/kind.ts')).collapseKind(config),
};
