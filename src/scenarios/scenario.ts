// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a scenario is: which CPUs run what, in which configurations, what must hold, and what must be reachable so that a pass is not empty.
 */
import type { Always } from '../../cpu/always.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import type { KernelFns } from '../kernel/functions.ts';
import type { Kernel, KernelConfig } from '../kernel/kernel.ts';

/** A value for each axis. */
export type Config = Readonly<Record<string, string>>;

export interface Axis {
  values: readonly string[];
  /** Value where none is given. */
  default: string;
  about: string;
  /** Not part of the product that `--all` goes through. */
  extra?: boolean;
}

export interface Program {
  /** vCPU that runs it. */
  cpu: number;
  /** Name of the task, as in task_struct.comm. */
  comm: string;
  run(c: Vcpu): Code;
}

/** Looked at when every program has ended. */
export interface EndCheck {
  kind: 'lost-table' | 'lost-page' | 'check';
  name: string;
  /** What is wrong, or null. */
  fails(): string | null;
}

export interface Scenario<W = unknown> {
  name: string;
  about: string;
  axes: Readonly<Record<string, Axis>>;
  /** What bounds the space that is explored, one sentence each. */
  bounds: readonly string[];
  /**
   * vCPUs, most callbacks that each of them defers in one execution, and which vCPUs make accesses by linear address (true: any), and whether there are
   * NMIs, or INVLPGB instead; words for kernel objects and most frames that one execution may touch, if the usual 4096 and 48 are too few.
   */
  machine(config: Config): {
    cpus: number;
    callbacks: number;
    tlb?: boolean | readonly number[];
    nmi?: boolean;
    invlpgb?: boolean;
    memory?: { objectWords: number; frames: number };
  };
  /**
   * The configuration of which this one is a copy, since the difference reaches no code or only renames windows; it is decided once.
   * @default the configuration itself
   */
  sameAs?(config: Config): Config;
  /** How many starting states a configuration has; each is explored. @default 1 */
  starts?(config: Config): number;
  /** Kernel configuration for a starting state; what is left out is as in `defaultKernel`. */
  kernel?(config: Config, start: number): Partial<KernelConfig>;
  /** Guards that the configuration itself takes away. */
  guardsOff?(config: Config): readonly string[];
  /** Why a configuration, or a guard taken away in it, makes no sense; null if it does. */
  conflict?(config: Config, without: readonly string[]): string | null;
  /** Kernel functions replaced by the scenario's own. */
  replace?: Partial<KernelFns>;
  /** Builds the starting state; stores take effect at once. */
  setup(c: Vcpu, k: Kernel, config: Config, start: number): W;
  programs(world: W, config: Config): readonly Program[];
  /** What an NMI runs, on a machine that has them. */
  nmi?(world: W, config: Config): (c: Vcpu) => Code;
  /** Must hold after every transition. */
  always?(world: W): readonly Always[];
  atEnd?(world: W, config: Config): readonly EndCheck[];
  /** Witnesses of which each must be seen in some execution of a configuration that holds. */
  reachable?(config: Config): readonly string[];
  /** Verdict worked out by hand. */
  expected?(config: Config): 'holds' | 'violated';
}

/** Declares a scenario; the identity, for the sake of its type. */
export const scenario = <W>(s: Scenario<W>): Scenario<W> => s;

export const defaultKernel: KernelConfig = {
  highpte: true,
  paravirt: true,
  flush: 'native',
  sync: 'under-lock',
  release: '6.6',
  tableFrames: [],
};
