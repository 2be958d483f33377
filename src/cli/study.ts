// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab study shootdown`: what a TLB shootdown costs, on clocks.
 */
import { accessSync, constants, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { costsOf, PROFILES, type Profile } from '../engines/timed/costs.ts';
import type { TimedRow } from '../report/timed-row.ts';
import { csvOf } from '../study/csv.ts';
import { documentOf } from '../study/document.ts';
import { checkInitiators, costsIn, cpusOf, initiatorsOf, type Plan, pagesOf, profileNamed } from '../study/plan.ts';
import { parseRecording, type Recording } from '../study/recording.ts';
import { WORKLOADS, type WorkloadName } from '../study/setting.ts';
import { type Findings, study as runStudy } from '../study/study.ts';
import { svgOf } from '../study/svg.ts';
import { UsageError } from '../usage-error.ts';
import { Interrupted } from '../workload/interrupted.ts';
import { HOLDS, INTERRUPTED } from './exit.ts';
import { makeFolder } from './output.ts';
import { PerfettoFile } from './perfetto-file.ts';
import { RunProgress } from './run-progress.ts';
import { studyText } from './study-text.ts';
import { policyOf } from './targets.ts';

export interface StudyFlags {
  cpus?: string;
  policy: string;
  pages?: string;
  initiators: string;
  idle: number;
  pause: number;
  profile: string;
  workload: string;
  costs?: string;
  seed: number;
  out?: string;
  perfetto?: string;
  json?: boolean;
}

const DEFAULT_CPUS = '1..64';

export async function study(flags: StudyFlags, words: readonly string[]): Promise<number> {
  const plan = await planOf(flags);
  if (flags.out !== undefined) prepare(flags.out);
  const perfetto = flags.perfetto === undefined ? null : new PerfettoFile(flags.perfetto);
  const findings: Findings = { plan, cells: [], median: 0, spread: 0, influences: [], complete: false };
  const rows: TimedRow[] | undefined = perfetto === null ? undefined : [];
  const interrupted = await run(plan, findings, rows);
  if (perfetto !== null) writeTrace(perfetto, plan, rows!);
  const doc = documentOf(findings, `paelab ${words.join(' ')}`);
  const json = `${JSON.stringify(doc, null, 2)}\n`;
  if (flags.out !== undefined) {
    writeFileSync(join(flags.out, 'study.json'), json);
    for (const [i, table] of doc.tables.entries()) writeFileSync(join(flags.out, `table-${i + 1}.csv`), csvOf(table));
    for (const [i, chart] of doc.charts.entries()) writeFileSync(join(flags.out, `chart-${i + 1}.svg`), svgOf(chart));
  }
  process.stdout.write(flags.json === true ? json : studyText(doc));
  return interrupted ? INTERRUPTED : HOLDS;
}

/** @throws UsageError */
async function planOf(flags: StudyFlags): Promise<Plan> {
  const profileName = profileNamed(flags.profile);
  let profile: Profile = PROFILES[profileName];
  let costs = costsOf(profile);
  if (flags.costs !== undefined) ({ profile, costs } = costsIn(readText(flags.costs), flags.costs, profile));
  const workload = workloadOf(flags.workload);
  const names = flags.policy.split(',');
  const policies = [];
  for (const name of names) policies.push((await policyOf(name)).policy);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new UsageError(`--policy: '${twice}' is given twice`);
  const [cpus, pages, initiators] = [cpusFor(workload, flags.cpus), pagesFor(workload, flags.pages), initiatorsOf(flags.initiators)];
  const { idle, pause, seed } = flags;
  const plan = { cpus, policies, pages, initiators, idle, pause, profileName, profile, costs, workload, seed };
  checkInitiators(plan);
  return plan;
}

function workloadOf(name: string): WorkloadName | Recording {
  const known = WORKLOADS.find((w) => w === name);
  if (known !== undefined) return known;
  if (!/[./\\]/.test(name))
    throw new UsageError(`no workload '${name}'; known: ${WORKLOADS.join(', ')}, or a file with an ftrace recording`);
  return parseRecording(readText(name), name);
}

function cpusFor(workload: WorkloadName | Recording, given: string | undefined): number[] {
  if (typeof workload === 'string') return cpusOf(given ?? DEFAULT_CPUS);
  const cpus = given === undefined ? [workload.cpus] : cpusOf(given);
  const few = cpus.find((n) => n < workload.cpus);
  if (few !== undefined) throw new UsageError(`--cpus ${few}: ${workload.file} has events of CPU ${workload.cpus - 1}`);
  return cpus;
}

function pagesFor(workload: WorkloadName | Recording, given: string | undefined): number[] {
  if (typeof workload !== 'string' && given !== undefined) throw new UsageError(`--pages: ${workload.file} says how many`);
  const pages = pagesOf(given ?? (workload === 'collapse' ? '512' : '1'));
  if (workload === 'collapse' && pages.some((n) => n > 512)) throw new UsageError('--pages: a collapse has 512 at most');
  return pages;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (e) {
    throw new UsageError(`${file}: cannot be read (${(e as Error).message})`);
  }
}

/** Before hours of work, not after. @throws UsageError */
function prepare(dir: string): void {
  try {
    makeFolder(dir);
    if (!statSync(dir).isDirectory()) throw new Error('not a directory');
    accessSync(dir, constants.W_OK | constants.X_OK);
  } catch (e) {
    throw new UsageError(`--out ${dir}: cannot be written (${(e as Error).message})`);
  }
}

function writeTrace(file: PerfettoFile, { cpus, pages, policies, profileName, workload }: Plan, rows: readonly TimedRow[]): void {
  const what = typeof workload === 'string' ? `${workload}, pages=${pages.at(-1)}` : workload.file;
  const tracks = Array.from({ length: cpus.at(-1)! }, (_, cpu) => `CPU${cpu}`);
  const process = file.process(`${policies[0]!.name} on ${profileName}: ${what}`, tracks);
  for (const row of rows) process.push(row);
  process.close();
  file.close();
}

/** @returns whether it was interrupted */
async function run(plan: Plan, findings: Findings, rows?: TimedRow[]): Promise<boolean> {
  let stop = false;
  let at = '';
  const onSigint = (): void => {
    stop = true;
  };
  process.once('SIGINT', onSigint); // a second one ends the process
  const progress = new RunProgress(() => at);
  try {
    await runStudy(
      plan,
      findings,
      {
        progress(done, of, what) {
          at = `study ${done}/${of} ${what}`;
        },
        stopped: () => stop,
        breathe: async () => {
          await setImmediate();
          if (stop) throw new Interrupted();
        },
      },
      rows,
    );
    return false;
  } catch (e) {
    if (e instanceof Interrupted) return true;
    throw e;
  } finally {
    process.off('SIGINT', onSigint);
    progress.end();
  }
}
