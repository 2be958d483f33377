// SPDX-License-Identifier: GPL-2.0-only
/**
 * Kernel code is many small functions, each of which V8 should compile into its caller. By default it stops at 460 bytes of bytecode for a function, and
 * at 920 for all of one caller, of which a walk over a page table has several thousand.
 */
import { setFlagsFromString } from 'node:v8';

/** For this process, from now on: to be called before the code has become hot. Speed only; nothing else depends on it. */
export function inlineMore(): void {
  setFlagsFromString('--max-inlined-bytecode-size=1000');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=4000');
  setFlagsFromString('--max-optimized-bytecode-size=200000');
}
