// SPDX-License-Identifier: GPL-2.0-only
/**
 * Lockless reads of entries by threads: cpu/entry-read in the build of the parallel engine, where nobody knows which values an entry has held, and so a torn
 * pair cannot be told. What comes of using one can.
 *
 * Reference: docs/design-notes.md, "Torn".
 */
import type { Ptr } from '../../mmu/types.ts';
import type { Vcpu } from '../vcpu.ts';

export function entryReadBegin(_c: Vcpu, _entry: Ptr): void {}
export function entryReadEnd(_c: Vcpu, _lo: number, _hi: number): void {}
export function entryUse(_c: Vcpu, _lo: number, _hi: number, _how: string): void {}
