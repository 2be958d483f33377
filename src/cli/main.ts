// SPDX-License-Identifier: GPL-2.0-only
/**
 * The command line: which commands there are, and how every way to fail becomes an exit code. What a command needs is loaded when it is given.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Argument, Command, CommanderError, Option } from 'commander';
import { kinds } from '../conformance/kinds.ts';
import type { CompareFlags } from './bench.ts';
import type { ConformanceFlags } from './conformance.ts';
import { failureOf, oneLine, tell, USAGE } from './exit.ts';
import type { ExploreFlags } from './explore.ts';
import { type CheckFlags, collect, conflictOf, keyValue, positiveNumber, seconds, wholeNumber } from './flags.ts';
import type { ReplayFlags } from './replay.ts';
import type { ReportFlags } from './report.ts';
import type { RunFlags } from './run.ts';
import type { StressFlags } from './stress.ts';
import type { StudyFlags } from './study.ts';
import type { WalkFlags } from './walk-state.ts';

const EXIT_CODES = `
Exit codes: 0 holds for the whole bounded space; 1 violation found; 2 usage or input
error; 3 cut by a limit; 70 a defect of paelab; 130 interrupted. Where several cells
are checked in a table: 0 if each is as expected, 1 if one differs, 3 if one was cut.`;

export async function main(args: readonly string[]): Promise<void> {
  try {
    await command().parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' });
  } catch (e) {
    if (e instanceof CommanderError) {
      process.exitCode = e.exitCode === 0 ? 0 : USAGE;
      return;
    }
    const failure = failureOf(e, null);
    tell(failure);
    process.exitCode = failure.code;
  }
}

function command(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  const program = new Command('paelab')
    .description('Checks what Linux relies on when it takes a PAE page table away, over every legal order of events.')
    .version(version)
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`paelab: ${oneLine(text).replace(/^error: /, '')}\n`) });
  addCheck(program);
  program
    .command('replay')
    .description('run the execution that a token names again, and report it')
    .argument('<token>')
    .argument('[file.ts]', "the file of the user's own scenario that the token is of")
    .option('--events', 'with every transition, and what store buffers and TLBs held then')
    .option('--mdelay', 'instead: the mdelay() points in Linux that would bring it about, as a patch sketch')
    .option('--perfetto <file>', 'write a trace of the counterexample for ui.perfetto.dev')
    .option('--ftrace', 'instead: the tracepoints that it passes, as ftrace prints them')
    .option('--json', 'the report as JSON, which has events and mdelay() points')
    .action(async (token: string, file: string | undefined, flags: ReplayFlags) => {
      const { replay } = await import('./replay.ts');
      process.exitCode = await replay(token, file, flags);
    });
  program
    .command('list')
    .description('scenarios with their configurations, and guards')
    .option('--races', 'instead: the plain accesses of Linux that race by design')
    .option('--json', 'as JSON')
    .action(async (flags: { races?: boolean; json?: boolean }) => (await import('./list.ts')).list(flags));
  addWalk(program);
  addConformance(program);
  addRun(program);
  addStress(program);
  addLitmus(program);
  addPages(program);
  addBench(program);
  addStudy(program);
  return program;
}

function addCheck(program: Command): void {
  program
    .command('check')
    .description('search every execution of scenarios; without arguments, of the rows that tell the story')
    .argument('[scenarios...]', 'built-in scenarios, or .ts files with one of your own; retract if only options are given')
    .option('--without <guard>', 'take a guard away; may be repeated', collect, [])
    .option('--config <key=value>', 'set an axis; may be repeated', keyValue, {})
    .option('--policy <names or files>', 'of shootdown: docs/policies.md; several are separated by commas')
    .option('--all', 'every configuration: the product of all axes that are not set')
    .addOption(
      new Option('--strategy <name>', 'exhaustive proves; random and pct only find')
        .choices(['exhaustive', 'random', 'pct'])
        .default('exhaustive'),
    )
    .option('--preemptions <n>', 'only executions with at most so many (default: no limit)', wholeNumber)
    .option('--buffer-depth <n>', 'most stores in a store buffer (default: no limit)', positiveNumber)
    .option('--depth <n>', 'of the bugs that pct looks for (default: 3)', positiveNumber)
    .option('--seed <n>', 'of random and pct (default: 1)', wholeNumber)
    .option('--verify-determinism', 'run every schedule twice and compare')
    .addOption(new Option('--jobs <n>', 'worker threads').argParser(positiveNumber).default(availableParallelism(), 'one for each core'))
    .option('--max-executions <n>', 'for each cell (default: no limit)', positiveNumber)
    .option('--time-limit <seconds>', 'for all cells together (default: no limit)', seconds)
    .option('--necessity', 'under a verdict that holds: which of the guards that it comes to it rests on')
    .option('--events', 'with a counterexample: every transition, and what store buffers and TLBs held then')
    .option('--perfetto <file>', 'write a trace of the counterexamples for ui.perfetto.dev')
    .option('--checkpoint <file>', 'keep the state of the search in a file, and go on from there if it exists')
    .option('--json', 'results as JSON')
    .action(async (names: string[], flags: CheckFlags, self: Command) => {
      const conflict = conflictOf(flags);
      if (conflict !== null) self.error(`error: ${conflict}`);
      const { check } = await import('./check.ts');
      process.exitCode = await check(names, flags);
    });
}

function addWalk(program: Command): void {
  program
    .command('walk')
    .description('explain the translation of one linear address: entries, rights, fault, what is cached')
    .argument('<address>', 'linear address, hexadecimal')
    .argument('[state.json]', 'registers and entries: docs/walk.md')
    .addOption(new Option('--access <kind>').choices(['read', 'write', 'fetch']).default('read'))
    .option('--user', 'the access is a user-mode one')
    .option('--implicit', 'the access is an implicit supervisor-mode one, such as the read of a descriptor')
    .option('--cr0 <value>', 'hexadecimal, or names of bits as in PE,WP,PG (default: these)')
    .option('--cr3 <value>', 'hexadecimal')
    .option('--cr4 <value>', 'hexadecimal, or names of bits (default: PAE)')
    .option('--efer <value>', 'hexadecimal, or names of bits (default: 0)')
    .option('--ac', 'EFLAGS.AC=1')
    .option('--no-ac', 'EFLAGS.AC=0 (default)')
    .option('--maxphyaddr <n>', '36 to 52 (default: 36)', wholeNumber)
    .option('--image <file>', 'physical memory as it is, for entries that the state file does not have')
    .option('--base <address>', 'physical address of its first byte, hexadecimal (default: 0)')
    .option('--json', 'as JSON')
    .action(async (address: string, file: string | undefined, flags: WalkFlags) => (await import('./walk.ts')).walk(address, file, flags));
}

function addConformance(program: Command): void {
  program
    .command('conformance')
    .description('run test vectors of other machines; exit code 0 only if every one agrees')
    .addArgument(new Argument('<kind>', 'what the vectors are about').choices(Object.keys(kinds)))
    .argument('<paths...>', 'vector files, or directories of them')
    .option('--config <key=value>', 'of the machine: kernel=6.1, 6.5 or 6.6 for collapse', keyValue, {})
    .option('--differences <n>', 'how many to tell in full', wholeNumber, 3)
    .option('--json', 'as JSON')
    .action(async (kind: string, paths: string[], flags: ConformanceFlags) => {
      const { conformance } = await import('./conformance.ts');
      process.exitCode = await conformance(kind, paths, flags);
    });
}

function addRun(program: Command): void {
  program
    .command('run')
    .description('run workloads: processes, their memory, and what the kernel makes of it: docs/workloads.md')
    .argument('<files...>', 'workload files')
    .option('--config <key=value>', 'kernel=6.1, 6.5 or 6.6; cpus=N; memory=MiB', keyValue, {})
    .option('--trace', 'every traced event')
    .option('--perfetto <file>', 'write a trace for ui.perfetto.dev')
    .option('--json', 'as JSON')
    .action(async (files: string[], flags: RunFlags) => {
      const { run } = await import('./run.ts');
      process.exitCode = await run(files, flags);
    });
}

function addStudy(program: Command): void {
  program
    .command('study')
    .description('what a TLB shootdown costs, on clocks: docs/shootdown.md')
    .addArgument(new Argument('<subject>').choices(['shootdown']))
    .option('--cpus <range>', 'how many: 8, 1,2,4 or 1..256 (default: 1..64, or as many as a recording has)')
    .option('--policy <names or files>', 'how translations are taken back: docs/policies.md', 'linux')
    .option('--pages <range>', 'pages of each operation (default: 1; of a collapse 512)')
    .option('--initiators <range>', 'CPUs that do the operation at once, each on its own pages', '1')
    .option('--idle <n>', 'CPUs that are idle, and keep the page tables lazily', wholeNumber, 0)
    .option('--pause <ns>', 'what an initiator has for itself between two operations, on average', wholeNumber, 0)
    .option('--profile <name>', 'the machine whose costs are taken: docs/shootdown.md', 'haswell-1s')
    .option('--workload <name or file>', 'munmap, mprotect, dontneed, collapse, or a file with an ftrace recording', 'dontneed')
    .option('--costs <file>', "JSON with constants in the place of the profile's")
    .option('--seed <n>', 'of the first of three runs', wholeNumber, 1)
    .option('--out <directory>', 'also there: study.json, tables as CSV, charts as SVG')
    .option('--perfetto <file>', 'write a trace of the first operations for ui.perfetto.dev')
    .option('--json', 'as JSON')
    .action(async (_subject: string, flags: StudyFlags) => {
      const { study } = await import('./study.ts');
      process.exitCode = await study(flags, process.argv.slice(2));
    });
}

function addStress(program: Command): void {
  program
    .command('stress')
    .description('collapses, faults and truncations on vCPUs that are threads: docs/parallel.md')
    .option('--collapses <n>', 'that have to succeed', positiveNumber, 1000)
    .option('--seed <n>', 'of what each vCPU does', wholeNumber, 1)
    .option('--config <key=value>', 'kernel=6.1, 6.5 or 6.6; cpus=N; memory=MiB', keyValue, {})
    .option('--without <guard>', 'take a guard away; may be repeated', collect, [])
    .option('--json', 'as JSON')
    .action(async (flags: StressFlags) => {
      const { stress } = await import('./stress.ts');
      process.exitCode = await stress(flags);
    });
}

function addLitmus(program: Command): void {
  program
    .command('litmus')
    .description('the final states of litmus tests: docs/litmus.md')
    .argument('<files...>', '.litmus files as herd7 reads them, or vector files (*.jsonl, *.jsonl.gz)')
    .option('--json', 'as JSON')
    .action(async (files: string[], flags: { json?: boolean }) => {
      const { litmus } = await import('./litmus.ts');
      process.exitCode = await litmus(files, flags);
    });
}

function addPages(program: Command): void {
  program
    .command('explore')
    .description('a counterexample as a page to step through, which needs no network: docs/pages.md')
    .argument('<token>')
    .argument('[file.ts]', "the file of the user's own scenario that the token is of")
    .option('--out <path>', 'a folder, or a file that ends in .html')
    .option('--json', 'what the page shows as JSON')
    .action(async (token: string, file: string | undefined, flags: ExploreFlags) => {
      const { explore } = await import('./explore.ts');
      process.exitCode = await explore(token, file, flags);
    });
  program
    .command('report')
    .description('pages of results: verdicts with their counterexamples, charts: docs/pages.md')
    .argument('<results...>', 'what --json of check, run, study or a benchmark has written')
    .requiredOption('--out <folder>', 'where the pages go')
    .option('--json', 'what was written, as JSON')
    .action(async (files: string[], flags: ReportFlags) => {
      const { report } = await import('./report.ts');
      process.exitCode = await report(files, flags);
    });
}

function addBench(program: Command): void {
  program
    .command('bench')
    .description('results of benchmarks (npm run bench -- NAME --json FILE)')
    .command('compare')
    .description('what changed from one result to the other by more than their spread')
    .argument('<before.json>')
    .argument('<after.json>')
    .option('--anyway', 'also where machine, Node version or seed differ')
    .option('--json', 'as JSON')
    .action(async (before: string, after: string, flags: CompareFlags) =>
      (await import('./bench.ts')).compareBenchmarks(before, after, flags),
    );
}
