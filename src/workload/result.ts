// SPDX-License-Identifier: GPL-2.0-only
/**
 * What operations give back, in the shape that recorded runs have it: docs/workloads.md.
 */
import { errno_name } from '../kernel/include/uapi/asm-generic/errno.ts';

/** A run of equal pages: where, how many, what; of a huge page its name, the first subpage and the zone. */
export type PageRun = (string | number)[];

export interface VmaSnap {
  at: string;
  n: number;
  perm: string;
  pgoff: number;
  /** In kB, as are the next two. */
  Rss: number;
  AnonHugePages: number;
  ShmemPmdMapped: number;
  VmFlags: string;
  pages: PageRun[];
}

export interface ProcessSnap {
  p: string;
  /** Page tables, in kB, and their growth since the first look. */
  VmPTE: number;
  dPTE: number;
  VmLck?: number;
  vmas: VmaSnap[];
}

export interface FileSnap {
  file: string;
  /** In bytes. */
  size: number;
  pages: number;
}

export interface Measured {
  pages_collapsed: number;
  full_scans: number;
  vmstat: Record<string, number>;
  /** Tracepoint and its status. */
  status: [string, string | number][];
  irq: Record<'TLB' | 'CAL' | 'RES', number[]>;
  /** What was traced: actor and line, in order. */
  trace: [string, string][];
}

export interface OpResult {
  op: string;
  ret?: number;
  err?: string;
  pages?: number;
  bad?: number;
  /** That passed on the clock of the machine. */
  seconds?: number;
  /** It did not come to its end. */
  interrupted?: true;
  /** The process that was ended for want of memory. */
  killed?: string;
  measured?: Measured;
  procs?: ProcessSnap[];
  files?: FileSnap[];
  kB?: Record<string, number>;
}

const SIGNALS: Readonly<Record<number, string>> = { 7: 'SIGBUS', 9: 'SIGKILL', 11: 'SIGSEGV' };

export const signalName = (signal: number): string => SIGNALS[signal] ?? `signal ${signal}`;

/** As a system call gives it back to a program. */
export const syscallResult = (ret: number): { ret: number; err?: string } => (ret < 0 ? { ret: -1, err: errno_name(-ret) } : { ret });
