// SPDX-License-Identifier: GPL-2.0-only
/**
 * A cell: a scenario in one configuration, with some guards taken away. From it comes a machine for each starting state.
 */
import { Machine } from '../../cpu/machine.ts';
import { createPhysMem } from '../../mmu/phys-mem.ts';
import { handle_interrupt } from '../kernel/arch/x86/kernel/irq/handle_interrupt.ts';
import { allGuards } from '../kernel/guards.ts';
import { start_kernel } from '../kernel/init/start_kernel.ts';
import { type Config, defaultKernel, type EndCheck, type Scenario } from '../scenarios/scenario.ts';
import { UsageError } from '../usage-error.ts';

export interface Cell {
  scenario: Scenario;
  config: Config;
  /** Names of guards that the user takes away, beyond those that the configuration leaves out. */
  without: readonly string[];
  /** Most stores in a store buffer. @default any number */
  bufferDepth?: number;
  /** Numbers of the guards that executions come to, if somebody wants to know. */
  asked?: Set<number>;
}

/** Notes which guards are asked for. */
class AskedGuards extends Set<number> {
  asked = new Set<number>();

  override has(id: number): boolean {
    this.asked.add(id);
    return super.has(id);
  }
}

const list = (names: Iterable<string>): string => [...names].join(', ');

/** Fills in defaults. @throws UsageError naming the key, the value or the guard */
export function makeCell(scenario: Scenario, given: Config, without: readonly string[], bufferDepth?: number): Cell {
  for (const [key, value] of Object.entries(given)) {
    const axis = Object.hasOwn(scenario.axes, key) ? scenario.axes[key] : undefined;
    if (axis === undefined)
      throw new UsageError(`scenario ${scenario.name} has no key '${key}'; it has ${list(Object.keys(scenario.axes))}`);
    if (!axis.values.includes(value)) throw new UsageError(`${key}=${value}: not one of ${list(axis.values)}`);
  }
  const known = allGuards().map((g) => g.name);
  for (const name of without) if (!known.includes(name)) throw new UsageError(`no guard '${name}'; known: ${list(known)}`);
  const config: Record<string, string> = {};
  for (const [key, axis] of Object.entries(scenario.axes)) config[key] = given[key] ?? axis.default;
  const why = scenario.conflict?.(config, without) ?? null;
  if (why !== null) throw new UsageError(why);
  return { scenario, config, without: [...new Set(without)].sort(), ...(bufferDepth !== undefined && { bufferDepth }) };
}

export const startsOf = (cell: Cell): number => cell.scenario.starts?.(cell.config) ?? 1;

export interface Built {
  machine: Machine;
  endChecks: readonly EndCheck[];
  /** Names of the tasks, by vCPU. */
  comms: readonly string[];
}

/** Memory where a scenario asks for none. */
const SMALL = { objectWords: 4096, frames: 48 };

/** The machine of one starting state, set up and sealed. */
export function build(cell: Cell, start: number): Built {
  const { scenario, config } = cell;
  const { cpus, callbacks, tlb = false, nmi = false, invlpgb = false, memory = SMALL } = scenario.machine(config);
  const machine = new Machine({
    cpus,
    callbacks,
    interrupts: true,
    nmi,
    invlpgb,
    tlb,
    mem: createPhysMem(memory.objectWords, memory.frames),
  });
  if (cell.bufferDepth !== undefined) machine.bufferDepth = cell.bufferDepth;
  const off = new Set([...(scenario.guardsOff?.(config) ?? []), ...cell.without]);
  const ids = allGuards()
    .filter((g) => off.has(g.name))
    .map((g) => g.id);
  machine.guardsOff = cell.asked === undefined ? new Set(ids) : Object.assign(new AskedGuards(ids), { asked: cell.asked });
  const kernel = { ...defaultKernel, ...scenario.kernel?.(config, start) };
  // Where a hypervisor drops translations, a vCPU may be in the middle of an instruction.
  if (tlb !== false && kernel.flush === 'hypercall')
    throw new UsageError(`scenario ${scenario.name}: flush=hypercall is not modelled with TLBs`);
  const k = start_kernel(machine, kernel, scenario.replace);
  let world: unknown;
  machine.boot((c) => {
    world = scenario.setup(c, k, config, start);
    return undefined;
  });
  const programs = scenario.programs(world, config);
  const comms: string[] = [];
  machine.programs = Array.from({ length: cpus }, () => []);
  for (const p of programs) {
    if (!(p.cpu in machine.programs))
      throw new UsageError(`scenario ${scenario.name}: program '${p.comm}' is for CPU ${p.cpu}, of ${cpus}`);
    machine.programs[p.cpu]!.push((c) => p.run(c));
    comms[p.cpu] ??= p.comm;
    k.comms[p.cpu] ??= [p.comm];
  }
  machine.handler = handle_interrupt;
  if (scenario.nmi !== undefined) machine.nmiHandler = scenario.nmi(world, config);
  machine.always = scenario.always?.(world) ?? [];
  return { machine, endChecks: scenario.atEnd?.(world, config) ?? [], comms };
}
