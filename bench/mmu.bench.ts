// SPDX-License-Identifier: GPL-2.0-only
/**
 * `npm run bench -- mmu [--json] [--processes N] [--seed N]`: what a hit, a walk and a flush cost, as medians over several fresh processes, since what
 * V8 makes of a loop differs from one process to the next.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { type Figures, measure, median } from './mmu/measure.ts';
import { resident } from './mmu/resident.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    processes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    /** What one of the processes is to do. */
    part: { type: 'string' },
  },
});
const seed = Number(values.seed);

/** Runs this file again, for one part. */
function part<T>(name: string): T {
  const { stdout, status, stderr } = spawnSync(process.execPath, [process.argv[1]!, '--part', name, '--seed', String(seed)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

interface Row {
  name: string;
  /** ns gross, of the loop alone, and net, each the median over processes; the least and the greatest net of a process. */
  gross: number;
  loop: number;
  net: number;
  least: number;
  greatest: number;
  /** Gross over the same loop with a bare load. */
  ratio: number | null;
  most: number;
  processes: Figures[];
}

function merge(runs: readonly Figures[][]): Row[] {
  return runs[0]!.map(({ name, most }, i) => {
    const processes = runs.map((run) => run[i]!);
    const nets = processes.map((f) => f.gross - f.loop);
    const ratios = processes.map((f) => (f.bare === null ? null : f.gross / f.bare)).filter((r) => r !== null);
    return {
      name,
      gross: median(processes.map((f) => f.gross)),
      loop: median(processes.map((f) => f.loop)),
      net: median(nets),
      least: Math.min(...nets),
      greatest: Math.max(...nets),
      ratio: ratios.length > 0 ? median(ratios) : null,
      most,
      processes,
    };
  });
}

function report(rows: readonly Row[], memory: ReturnType<typeof resident>): void {
  const ns = (v: number): string => v.toFixed(2);
  console.table(
    Object.fromEntries(
      rows.map((r) => [
        r.name,
        {
          'ns net': ns(r.net),
          'least..greatest': `${ns(r.least)}..${ns(r.greatest)}`,
          'ns gross': ns(r.gross),
          'loop alone': ns(r.loop),
          'x bare load': r.ratio === null ? '' : r.ratio.toFixed(2),
          'at most': r.most,
        },
      ]),
    ),
  );
  const { touchedMiB, residentMiB, ratio } = memory;
  console.log(
    `memory: ${touchedMiB} MiB of frames touched over 64 GiB, ${residentMiB.toFixed(0)} MiB resident: x ${ratio.toFixed(3)} (at most 1.1)`,
  );
}

if (values.part === 'figures') process.stdout.write(JSON.stringify(await measure(seed)));
else if (values.part === 'empty') process.stdout.write(JSON.stringify(process.memoryUsage.rss()));
else if (values.part === 'resident') process.stdout.write(JSON.stringify(resident(seed, process.memoryUsage.rss())));
else {
  const rows = merge(Array.from({ length: Number(values.processes) }, () => part<Figures[]>('figures')));
  const memory = part<ReturnType<typeof resident>>('resident');
  if (values.json) {
    const machine = { cpu: cpus()[0]?.model ?? '', cores: availableParallelism(), memoryGiB: Math.round(totalmem() / 2 ** 30) };
    console.log(
      JSON.stringify({ schema: 'paelab/bench', version: 1, name: 'mmu', machine, node: process.version, seed, rows, memory }, null, 2),
    );
  } else report(rows, memory);
}
