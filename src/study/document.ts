// SPDX-License-Identifier: GPL-2.0-only
/**
 * The findings of a study as charts, tables and raw numbers.
 */
import { constantsOf } from '../engines/timed/costs.ts';
import { PHASES } from '../engines/timed/time-account.ts';
import { policies, wrongPolicies } from '../policies/index.ts';
import { policyLabel, round } from './axes.ts';
import type { Study, Table } from './charts.ts';
import { chartsOf } from './draw.ts';
import type { Findings } from './study.ts';

/** Most CPUs of a 32-bit kernel: CONFIG_NR_CPUS of x86_32 with BIGSMP. */
const MOST_CPUS_32_BIT = 64;
const COLUMNS = {
  policy: '',
  CPUs: '',
  initiators: '',
  pages: '',
  p50: 'ns',
  p90: 'ns',
  p99: 'ns',
  'handler p50': 'ns',
  'handler p99': 'ns',
  'IPIs sent': '',
  received: '',
  coalesced: '',
  'full flushes': '',
  ranged: '',
  'lazy skips': '',
  'victims run': '',
  operations: '1/s',
} as const;

function tablesOf(f: Findings): Table[] {
  const rows = f.cells.map(({ setting, runs }) => {
    const m = runs[0]!;
    const own = m.initiator.summary();
    const victims = m.victims.summary();
    return [
      policyLabel(setting.policy),
      setting.cpus,
      setting.initiators,
      setting.pages,
      ...[own.p50, own.p90, own.p99, victims.p50, victims.p99].map(Math.round),
      m.sent,
      m.received,
      m.coalesced,
      m.flushes.full,
      m.flushes.ranged,
      m.lazySkips,
      m.throughput === null ? '' : round(m.throughput),
      Math.round(m.rate),
    ];
  });
  return [{ title: 'Runs, with the first seed', columns: Object.keys(COLUMNS), unit: Object.values(COLUMNS), rows }];
}

/** What somebody who reads the numbers has to know. */
export function notesOf(f: Findings): string[] {
  const { plan } = f;
  const notes = [
    `Profile ${plan.profileName}: ${plan.profile.about}.`,
    'Stores drain at once, one legal execution; RCU callbacks take no time; each word is a cache line of its own.',
  ];
  for (const { name, about } of plan.policies.filter((p) => wrongPolicies.includes(p)))
    notes.push(`Policy ${name} is ${about}. It is no result: see paelab check shootdown --policy ${name} --all.`);
  for (const { name } of plan.policies.filter((p) => !policies.includes(p)))
    notes.push(`Policy ${name} is not one of paelab's: whether it is safe says paelab check shootdown --policy FILE --all.`);
  if (plan.idle > 0) notes.push(`The last ${plan.idle} CPUs are idle, with the process's page tables loaded lazily.`);
  if (plan.cpus.some((n) => n > MOST_CPUS_32_BIT)) notes.push(`No 32-bit kernel ran on more than ${MOST_CPUS_32_BIT} CPUs.`);
  return notes;
}

const workloadName = ({ plan }: Findings): string => (typeof plan.workload === 'string' ? plan.workload : plan.workload.file);

export function documentOf(f: Findings, command: string): Study {
  return {
    schema: 'paelab/study',
    version: 1,
    title: `TLB shootdown: ${workloadName(f)}, ${f.plan.profileName}`,
    command,
    complete: f.complete,
    notes: notesOf(f),
    charts: f.cells.length > 0 ? chartsOf(f) : [],
    tables: tablesOf(f),
    cells: f.cells.map(({ setting, runs }) => ({
      policy: setting.policy.name,
      cpus: setting.cpus,
      initiators: setting.initiators,
      idle: setting.idle,
      pages: setting.pages,
      rounds: setting.rounds,
      runs: runs.map((m, i) => ({
        seed: setting.seed + i,
        initiator: m.initiator.summary(),
        victims: m.victims.summary(),
        arrival: m.arrival.summary(),
        sent: m.sent,
        received: m.received,
        coalesced: m.coalesced,
        flushes: m.flushes,
        lazySkips: m.lazySkips,
        phases: Object.fromEntries(PHASES.map((name, phase) => [name, round(m.phases[phase]!)])),
        throughput: m.throughput === null ? null : round(m.throughput),
        rate: round(m.rate),
        events: m.events,
        time: round(m.time),
      })),
    })),
    constants: Object.fromEntries(
      Object.entries(constantsOf(f.plan.profile)).map(([name, c]) => [
        name,
        { ...c, value: f.plan.costs[name as keyof typeof f.plan.costs] },
      ]),
    ),
  };
}
