// SPDX-License-Identifier: GPL-2.0-only
/** The kinds of vectors that there are, by the names that the command line has for them. */
import { UsageError } from '../usage-error.ts';
import type { VectorKind } from './kind.ts';

type Config = Readonly<Record<string, string>>;

/** A kind without configurations. */
const fixed =
  (make: () => Promise<VectorKind>) =>
  (config: Config): Promise<VectorKind> => {
    const [key] = Object.keys(config);
    if (key !== undefined) throw new UsageError(`--config ${key}: these vectors have nothing to configure`);
    return make();
  };

// Each is imported when it is needed; that of collapses runs on the erased build.
export const kinds: Record<string, (config: Config) => Promise<VectorKind>> = {
  walker: fixed(async () => (await import('./walker/kind.ts')).walkerKind()),
  litmus: fixed(async () => (await import('./litmus/kind.ts')).litmusKind()),
  collapse: async (config) => (await import('./collapse/kind.ts')).collapseKind(config),
};
