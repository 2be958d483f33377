// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the vCPUs hold at one instant that memory does not show: the stores in their buffers, and what their TLBs may give for the addresses that the
 * execution uses.
 */
import type { Machine } from '../../cpu/machine.ts';
import { MARKED, WIDE } from '../../cpu/store-buffer.ts';
import { outcomeText } from '../../cpu/translation-text.ts';
import type { Vcpu } from '../../cpu/vcpu.ts';
import { accessText } from '../../mmu/access.ts';
import { pairText } from '../../mmu/entry.ts';
import type { Ptr } from '../../mmu/types.ts';

export interface BufferedStore {
  word: string;
  value: string;
  marked: boolean;
}

export interface BufferState {
  /** As the machine calls it: CPU0, the interrupt handler of CPU1. */
  of: string;
  /** Oldest first. */
  stores: BufferedStore[];
}

export interface TlbState {
  cpu: number;
  access: string;
  address: string;
  /** What the access would give by the page tables as they are. */
  now: string;
  /** What it may give besides, by what the vCPU may remember. */
  remembered: string[];
}

export interface MachineState {
  /** Transitions that have run. */
  after: number;
  /** Of the contexts that have something in their store buffer. */
  buffers: BufferState[];
  tlbs: TlbState[];
}

/** An access that some vCPU makes by linear address in the execution. */
export interface Walk {
  cpu: number;
  va: number;
  access: number;
}

/** Asking a TLB what may become of an access overwrites its last answer: the execution must not go on from here if there are walks. */
export function stateOf(m: Machine, walks: readonly Walk[]): MachineState {
  const buffers = m.contexts.filter((c) => c.buffer.left < c.buffer.issued).map((c) => ({ of: m.contextName(c), stores: storesOf(c) }));
  return { after: m.seq, buffers, tlbs: walks.map((w) => tlbState(m, w)) };
}

function storesOf(c: Vcpu): BufferedStore[] {
  const { buffer: b, m } = c;
  const stores: BufferedStore[] = [];
  for (let i = b.left; i < b.issued; i++) {
    const wide = (b.flags[i]! & WIDE) !== 0;
    const value = wide ? pairText(b.lo[i]!, b.hi[i]!) : `0x${(b.lo[i]! >>> 0).toString(16)}`;
    stores.push({ word: m.nameOf(b.at[i]! as Ptr), value, marked: (b.flags[i]! & MARKED) !== 0 });
  }
  return stores;
}

function tlbState(m: Machine, { cpu, va, access }: Walk): TlbState {
  const tlb = m.tlbs[cpu]!;
  tlb.consider(va, access);
  const all = Array.from({ length: tlb.outcomes.n }, (_, i) => outcomeText(tlb.outcomes, i));
  return { cpu, access: accessText(access), address: `0x${(va >>> 0).toString(16)}`, now: all[0] ?? '', remembered: all.slice(1) };
}

/** A line for each buffer and TLB that holds something. */
export function stateLines(state: MachineState): string[] {
  const store = (s: BufferedStore): string => `${s.word} = ${s.value}${s.marked ? '' : ' (plain)'}`;
  const tlb = (t: TlbState): string => {
    const more = t.remembered.length === 0 ? '' : `; may remember: ${t.remembered.join(', ')}`;
    return `TLB of CPU${t.cpu}, ${t.access} of ${t.address}: ${t.now}${more}`;
  };
  return [...state.buffers.map((b) => `store buffer of ${b.of}: ${b.stores.map(store).join(', ')}`), ...state.tlbs.map(tlb)];
}
