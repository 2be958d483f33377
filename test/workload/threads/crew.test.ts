// SPDX-License-Identifier: GPL-2.0-only
/**
 * Threads as vCPUs: what separate processes do comes out as on the direct engine; a run that hangs is told with who waits for what, and a thread that dies with
 * what it was doing. Budget: 15 s.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, inject, it } from 'vitest';
import { TURN } from '../../../cpu/parallel/board.ts';
import { NULL } from '../../../mmu/types.ts';
import { switch_mm } from '../../../src/kernel/arch/x86/mm/tlb/switch_mm.ts';
import { zone } from '../../../src/kernel/include/linux/mmzone.ts';
import { vmstat_show } from '../../../src/kernel/include/linux/vmstat.ts';
import { Crew, type CrewEnd } from '../../../src/workload/threads/crew.ts';
import { digestOf, prepareSeparate, type Runner, runSeparate, type Separate } from '../../../src/workload/threads/separate.ts';
import { THREAD_DEFAULTS, threadTasks } from '../../../src/workload/threads/tasks.ts';
import { World, worldMemory } from '../../../src/workload/world.ts';

const PROGRAM: Separate = { program: 'separate', ranges: 1, present: 200, warmUp: 1, rounds: 2 };
const CONFIG = { ...THREAD_DEFAULTS, bytes: 2 ** 26 };
/** Nobody waits so long for a core. */
const PATIENT = 60_000;

const url = (): URL => pathToFileURL(join(inject('builtCommand'), 'dist/vcpu.js'));

const emptyWorld = (): World => new World(CONFIG, worldMemory(threadTasks(CONFIG, PROGRAM)[0]!.words));

/** The same on one flow of control, one process after the other. */
function onDirectEngine(): { digests: number[]; vmstat: Record<string, number> } {
  const w = emptyWorld();
  const runner = (cpu: number): Runner => ({
    stopped: false,
    run: (_operation, _argument, _second, code) => w.run(cpu, code),
    load: (mm) => w.run(cpu, (c) => switch_mm(c, NULL, mm)),
  });
  const processes = prepareSeparate(w, PROGRAM);
  const findings: string[] = [];
  for (const p of processes)
    for (const rounds of [PROGRAM.warmUp, PROGRAM.rounds]) runSeparate(runner(p.cpu), p, PROGRAM, rounds, findings);
  expect(findings).toEqual([]);
  const digests = processes.map((p) => digestOf(runner(p.cpu), w, p, PROGRAM));
  return { digests, vmstat: Object.fromEntries(vmstat_show(w.k)) };
}

it('separate processes hold, and are counted, what they are on the direct engine', async () => {
  const { ends, died, hung } = await new Crew(url(), threadTasks(CONFIG, PROGRAM), PATIENT).end();
  expect({ died, hung, findings: ends.flatMap(({ findings }) => findings) }).toEqual({ died: [], hung: [], findings: [] });
  ends.sort((a, b) => a.cpu - b.cpu);
  const direct = onDirectEngine();
  expect(ends.map(({ digest }) => digest)).toEqual(direct.digests);
  expect(ends[0]!.vmstat).toEqual(direct.vmstat);
});

it('a victim of collapses times its faults, alone and meanwhile, and both come to their end', async () => {
  for (const memory of ['anon', 'shmem'] as const) {
    const program = { program: 'victim', memory, ranges: 1, rounds: 2, alone: 512 } as const;
    const { ends, died, hung } = await new Crew(url(), threadTasks(CONFIG, program), PATIENT).end();
    expect({ died, hung, stopped: ends.map(({ stopped }) => stopped) }).toEqual({ died: [], hung: [], stopped: [null, null] });
    const victim = ends.find(({ cpu }) => cpu === 1)!.victim!;
    expect(victim.alone.length).toBeGreaterThanOrEqual(512);
    expect(Math.min(...victim.alone, ...victim.during)).toBeGreaterThan(0);
  }
});

/** A run of many rounds, in which something happens once every thread has booted. */
async function disturbed(patience: number, disturb: (crew: Crew, words: Int32Array) => void): Promise<CrewEnd> {
  const tasks = threadTasks(CONFIG, { ...PROGRAM, rounds: 1_000_000 });
  const { board, words } = tasks[0]!;
  const crew = new Crew(url(), tasks, patience);
  const timer = setInterval(() => {
    if (board[TURN] === CONFIG.cpus) disturb(crew, words);
  }, 5);
  const end = await crew.end();
  clearInterval(timer);
  return end;
}

it('a lock that nobody gives back: who waits for it, and what for', async () => {
  const lock = emptyWorld().k.globals.zone_normal + zone.lock;
  const { hung, died } = await disturbed(3000, (_, words) => Atomics.store(words, lock, 1));
  expect(died).toEqual([]);
  expect(hung.map(({ cpu }) => cpu).sort()).toEqual([0, 1]);
  for (const { operation, what } of hung) {
    expect(operation).toMatch(/^(store to|madvise\(\w+\) of) H0/);
    expect(what).toMatch(/waits for zone Normal\.lock \(0x1\)/);
  }
});

it('a thread that dies: which, and in which operation', async () => {
  let done = false;
  const { died, hung } = await disturbed(PATIENT, ({ workers }) => {
    if (!done) void workers[1]!.terminate();
    done = true;
  });
  expect(hung).toEqual([]);
  expect(died).toHaveLength(1);
  expect(died[0]).toMatchObject({ cpu: 1, what: 'died with exit code 1' });
  expect(died[0]!.operation).toMatch(/^(start|store to|load from|madvise)/);
});
