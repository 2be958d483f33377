// SPDX-License-Identifier: GPL-2.0-only
/**
 * The whole machine at one instant, as far as a reader of a counterexample wants to see it: what is in store buffers and TLBs, interrupts, what each
 * context is about, the entries that the execution touches, and the page tables. All of it is read from the machine.
 */
import { GATE, IRQ_WORDS, NMI_PENDING, PENDING, STI } from '../../cpu/interrupts.ts';
import { ACQUIRE, AWAIT, BLOCK, DEAD, END } from '../../cpu/kinds.ts';
import type { Machine } from '../../cpu/machine.ts';
import { isReady } from '../../cpu/next.ts';
import { GATE_BUSY } from '../../cpu/rmw.ts';
import { isHandler, NMI, SPECULATION, type Vcpu } from '../../cpu/vcpu.ts';
import { entryPfn, pairText } from '../../mmu/entry.ts';
import { FRAME_KIND_NAMES, frameKind } from '../../mmu/frames.ts';
import type { Pfn, Ptr } from '../../mmu/types.ts';
import { type Tree, treesOf } from './page-tables.ts';
import { type MachineState, stateOf, type Walk } from './state.ts';

export interface CpuState {
  /** EFLAGS.IF: of its program, or 0 while a handler runs. */
  interruptsOn: boolean;
  /** Names of the interrupts that have been sent to it and not been taken. */
  pending: string[];
  /** Handlers that have begun, the innermost one last. */
  handlers: string[];
  /** What its contexts wait for or have come to; one that can go on is not listed. */
  contexts: { of: string; is: string }[];
  /** Torn pairs that its lockless reads have returned, with the frame that each leads to. */
  torn: { of: string; pair: string; frame: string }[];
}

export interface EntryState {
  /** In hexadecimal. */
  low: string;
  high: string;
}

/** An entry that the execution touches, and who wrote its halves. */
export interface FilmedEntry {
  name: string;
  /** For each instant, the transition that last wrote the half; 0: it is as it was at the start. */
  lowBy: number[];
  highBy: number[];
}

export interface Instant extends MachineState {
  cpus: CpuState[];
  /** Those of `Watched.entries`, in their order. */
  entries: EntryState[];
  trees: Tree[];
  /** What each of `Watched.frames` is, in their order. */
  frames: string[];
}

/** What is looked at. */
export interface Watched {
  /** First words of page-table entries. */
  entries: readonly Ptr[];
  walks: readonly Walk[];
  frames: readonly Pfn[];
  vectorName(vector: number): string;
}

/** Asking a TLB disturbs it; see `stateOf`. */
export function instantOf(m: Machine, watched: Watched): Instant {
  const { words } = m.mem;
  const cpus = Array.from({ length: m.cpus }, (_, cpu) => cpuState(m, cpu, watched));
  const entries = watched.entries.map((p) => ({ low: hex(words[p]!), high: hex(words[p + 1]!) }));
  const frames = watched.frames.map((pfn) => kindText(m, pfn));
  return { ...stateOf(m, watched.walks), cpus, entries, trees: treesOf(m, watched.entries), frames };
}

/** "page table", "free", "no memory" */
export function kindText(m: Machine, pfn: Pfn): string {
  const kind = frameKind(m.mem, pfn);
  return kind < 0 ? 'no memory' : FRAME_KIND_NAMES[kind]!;
}

const hex = (v: number): string => `0x${(v >>> 0).toString(16)}`;

function cpuState(m: Machine, cpu: number, watched: Watched): CpuState {
  const { words } = m.mem;
  const irq = m.irqBase + cpu * IRQ_WORDS;
  const own = m.contexts.filter((c) => c.id === cpu && c.role !== SPECULATION);
  const pending: string[] = [];
  if (m.interrupts) {
    for (let v = 31; v >= 0; v--) if (((words[irq + PENDING]! >>> v) & 1) !== 0) pending.push(watched.vectorName(v));
    if (words[irq + NMI_PENDING] !== 0) pending.push('NMI');
  }
  const handlers = own.filter((c) => isHandler(c) && (m.inHandler[cpu]! & c.role) !== 0);
  return {
    interruptsOn: handlers.length === 0 && (words[irq + GATE]! & ~GATE_BUSY) === words[irq + STI],
    pending,
    handlers: handlers.map((c) => (c.role === NMI ? 'NMI' : 'interrupt')),
    contexts: own.flatMap((c) => {
      const is = standing(c);
      return is === '' ? [] : [{ of: m.contextName(c), is }];
    }),
    torn: own.filter((c) => c.tornAt !== 0).map((c) => ({ of: m.contextName(c), ...tornOf(c) })),
  };
}

/** What keeps a context from going on; '' if nothing does. */
export function standing(c: Vcpu): string {
  if (c.kind === DEAD) return 'is stopped by the finding';
  if (isHandler(c) && c.tasks.length === 0) return '';
  if (c.kind === END) return c.callback === null && c.tasks.length === 0 ? '' : 'has ended';
  if (c.kind === BLOCK) return 'is cut: it would only go round and round';
  if (c.halted && !isReady(c)) return 'is in HLT';
  return (c.kind === AWAIT || c.kind === ACQUIRE) && !isReady(c) ? waitText(c) : '';
}

const waitText = (c: Vcpu): string => (c.grace === null ? `waits for ${c.m.nameOf(c.at)}` : 'waits for a grace period');

function tornOf(c: Vcpu): { pair: string; frame: string } {
  const pfn = entryPfn(c.tornLo, c.tornHi);
  return { pair: pairText(c.tornLo, c.tornHi), frame: `${hex(pfn)}, ${kindText(c.m, pfn)}` };
}
