// SPDX-License-Identifier: GPL-2.0-only
/**
 * What everything costs: the one table of constants of the timed engine, and the machines that differ in them.
 *
 * Marks: `read`, the number was read where the source says; `abs`, in an abstract or summary; `der`, derived from such numbers, the sum is shown;
 * `fitted`, set so that a measured point comes out (docs/shootdown.md says which points are fitted, and which are then met without); `assumed`, a round
 * number of the right size: the sensitivity of a study says what hangs on it.
 */

/** Nanoseconds unless said otherwise. */
export interface Constant {
  about: string;
  unit: 'ns' | 'part';
  value: number;
  source: string;
  /** When the source's number was published, or this one was set. */
  date: string;
  mark: 'read' | 'abs' | 'der' | 'fitted' | 'assumed';
}

type Source = readonly [mark: Constant['mark'], source: string, date: string];

const AMIT: Source = [
  'fitted',
  'N. Amit, RFC v2 "x86: Flush remote and local TLBs concurrently": DONTNEED and touch on Haswell',
  '2019-05',
];
const RELAXED: Source = ['fitted', 'N. Amit, relaxed TLB flushes: mprotect loop on Haswell, Linux 5.19-rc4', '2022-07'];
const COLLAPSE: Source = ['fitted', 'L. Yang, time that a collapse blocks its process, by empty PTEs, Core i5', '2024-03'];
const KVM: Source = ['fitted', 'W. Li, Linux commit 4180bf1b655a: IPIs of an 80-vCPU guest on Skylake', '2018-07'];
const IPIV: Source = ['der', 'Z. Guang, IPI virtualisation v7: xAPIC 6059 cycles, x2APIC 4338', '2022-03'];
const WESTMERE: Source = ['der', 'V. Pallipadi: an IPI takes 1600 cycles in a socket, 2000 between two, Westmere', '2012-02'];
const LINUX: Source = ['read', 'Linux v6.6 arch/x86/mm/tlb.c, comment at tlb_single_page_flush_ceiling', '2023-10'];
const ROUND: Source = ['assumed', 'a round number', '2026-11'];

const ns = (value: number, [mark, source, date]: Source, about: string): Constant => ({ about, unit: 'ns', value, source, date, mark });

/** Those of the profile haswell-1s; the others say where they differ. */
export const CONSTANTS = {
  code: ns(0.4, ROUND, 'instructions between two operations that others can see'),
  load: ns(0.5, ROUND, 'load from the own cache'),
  store: ns(0.2, ROUND, 'store: it leaves through the store buffer while code goes on'),
  locked: ns(4, ROUND, 'locked operation on a line of the own cache'),
  transfer: ns(22, ROUND, 'line from the cache of another core of the socket'),
  transferFar: ns(60, ROUND, 'line from the cache of another socket'),
  walk: ns(10, ROUND, 'page walk whose entries are in the cache'),
  flush: ns(330, AMIT, 'each flush, whatever it drops: the other half of split page tables, refills of upper levels'),
  invlpg: ns(100, LINUX, 'INVLPG'),
  movCr3: ns(300, ROUND, 'MOV CR3 that drops everything, with the refills behind it'),
  icr: ns(20, ROUND, 'write of the ICR, without what each target adds'),
  icrTarget: ns(28, AMIT, 'each target of a write of the ICR'),
  deliver: ns(115, AMIT, 'from the beginning of the write of the ICR to the interrupt'),
  deliverFar: ns(144, WESTMERE, '`deliver` to another socket: 2000/1600 of it'),
  entry: ns(50, AMIT, 'interrupt entry, up to the first operation of the handler'),
  exit: ns(60, ROUND, 'EOI and return'),
  wake: ns(400, ROUND, 'an idle vCPU leaves HLT'),
  handover: ns(4, ROUND, 'one that spins notices that its word has changed, before the line is transferred'),
  syscall: ns(5, AMIT, 'entry and exit of a system call, and what else of its code is not counted'),
  fault: ns(5, AMIT, 'exception and return of a page fault, and what else of its code is not counted'),
  clearPage: ns(40, ROUND, 'clear_page() of 4 KiB in the cache'),
  copyPage: ns(680, COLLAPSE, 'copy of 4 KiB that are not in the cache'),
  collapse: ns(212_000, COLLAPSE, 'each collapse, for what is not counted by page'),
  broadcast: ns(150, ROUND, 'INVLPGB or the like: one request to all vCPUs'),
  broadcastSync: ns(500, ROUND, 'TLBSYNC or the like: until all have dropped what was asked for'),
  jitter: { about: 'part of `deliver` by which it varies', unit: 'part', value: 0.1, source: ROUND[1], date: ROUND[2], mark: 'assumed' },
} satisfies Record<string, Constant>;

export type CostName = keyof typeof CONSTANTS;
/** What everything costs on one machine. */
export type Costs = Record<CostName, number>;

export interface Profile {
  about: string;
  constants: Partial<Record<CostName, Constant>>;
  /** vCPUs of one socket. */
  socket: number;
  /** vCPUs that one write of the ICR may reach: those that share a number divided by this. */
  cluster: number;
  /** Cycles in a nanosecond, for sources that count those. */
  ghz: number;
}

const kvm = (icr: Constant, icrTarget: Constant): Profile['constants'] => ({
  icr,
  icrTarget,
  deliver: ns(700, ROUND, 'from the beginning of the exit to the interrupt'),
  deliverFar: ns(700, ROUND, 'the same: the exit is what takes time'),
  entry: ns(150, ROUND, 'interrupt entry of a guest'),
  exit: ns(150, ROUND, 'EOI and return of a guest'),
});
const GROUP = 'each target of such a write: the hypervisor wakes it or interrupts it';

export const PROFILES = {
  'haswell-1s': { about: 'Haswell, bare metal, one socket', constants: {}, socket: 256, cluster: 1, ghz: 3.2 },
  'haswell-1s-5.19': {
    about: 'the same, as measured with the mitigations of 2022',
    constants: { deliver: ns(500, RELAXED, 'from the beginning of the write of the ICR to the interrupt') },
    socket: 256,
    cluster: 1,
    ghz: 3.2,
  },
  'haswell-2s': { about: 'Haswell, bare metal, sockets of 16 CPUs', constants: {}, socket: 16, cluster: 1, ghz: 3.2 },
  'kvm-xapic': {
    about: 'KVM guest, xAPIC: an exit for each target',
    constants: kvm(ns(1627, IPIV, 'exit for a write of the ICR: 6059/4338 of that of the x2APIC'), ns(1035, KVM, GROUP)),
    socket: 256,
    cluster: 1,
    ghz: 2.5,
  },
  'kvm-x2apic-physical': {
    about: 'KVM guest, x2APIC with physical destinations: an exit for each target',
    constants: kvm(ns(1165, KVM, 'exit for a write of the ICR'), ns(1035, KVM, GROUP)),
    socket: 256,
    cluster: 1,
    ghz: 2.5,
  },
  'kvm-x2apic-cluster': {
    about: 'KVM guest, x2APIC with clusters: an exit for up to 16 targets',
    constants: kvm(ns(1165, KVM, 'exit for a write of the ICR'), ns(1035, KVM, GROUP)),
    socket: 256,
    cluster: 16,
    ghz: 2.5,
  },
  'kvm-pv-ipi': {
    about: 'KVM guest that asks for interrupts by hypercall: one for up to 128 targets',
    constants: kvm(ns(1165, KVM, 'the exit of a hypercall: as that for a write of the ICR'), ns(893, KVM, 'each target of a hypercall')),
    socket: 256,
    cluster: 128,
    ghz: 2.5,
  },
  broadcast: {
    about: 'a processor that broadcasts invalidations; use it with the policy invlpgb',
    constants: {},
    socket: 256,
    cluster: 1,
    ghz: 3.2,
  },
} satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;

/** All constants of a machine. */
export const constantsOf = (profile: Profile): Record<CostName, Constant> => ({ ...CONSTANTS, ...profile.constants });

export function costsOf(profile: Profile): Costs {
  const all = constantsOf(profile);
  return Object.fromEntries(Object.entries(all).map(([name, { value }]) => [name, value])) as Costs;
}
