// SPDX-License-Identifier: GPL-2.0-only
/**
 * One run of a study: so many rounds of an operation, what each took, and what the others had of it.
 */
import { cli, sti } from '../../cpu/interrupts.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import type { Listener } from '../engines/timed/listener.ts';
import { PHASES, USER } from '../engines/timed/time-account.ts';
import { Xorshift } from '../engines/xorshift.ts';
import { percpu } from '../kernel/include/linux/percpu.ts';
import { kernelOf } from '../kernel/kernel.ts';
import type { TimedRow } from '../report/timed-row.ts';
import { Interrupted } from '../workload/interrupted.ts';
import { BenchMachine, type StudyMemory } from './bench-machine.ts';
import { Distribution } from './distribution.ts';
import { FlushCount } from './flush-count.ts';
import { roundOf, type Stopwatch } from './operations.ts';
import { Replay } from './replay.ts';
import type { Setting } from './setting.ts';
import { Trace } from './trace.ts';

export interface Measured {
  /** Of each measured operation, in ns. */
  initiator: Distribution;
  /** Of each interrupt that a victim took: from entry to return. */
  victims: Distribution;
  /** Of each: from the write of the ICR to the first instruction of the handler. */
  arrival: Distribution;
  sent: number;
  received: number;
  /** Calls that found an interrupt under way to their target already. */
  coalesced: number;
  flushes: { full: number; ranged: number };
  /** CPUs in a flush's mask that were lazy, and so not called. */
  lazySkips: number;
  /** ns of a measured operation in each of PHASES. */
  phases: number[];
  /** Part of their time that those had for themselves who were neither initiators nor idle; null: there was nobody. */
  throughput: number | null;
  /** Operations a second, of all initiators together, with what lies between two of them. */
  rate: number;
  /** Transitions that the machine has made. */
  events: number;
  /** Nanoseconds of simulated time. */
  time: number;
}

/** Rounds before those that count: caches and TLBs are as they will be. */
const WARM_UP = 8;
/** Simulated time between two ticks of the timer, where a policy needs them: HZ=250. */
const TICK = 4e6;
/** Transitions between two looks at whether to stop. */
const BEAT = 2 ** 16;

/** What a policy does in the timer interrupt. */
function* tick(c: Vcpu): Code {
  yield* cli(c);
  yield* kernelOf(c).fns.scheduler_tick(c);
  yield* sti(c);
}

/** @param rows get the first measured operations @throws Interrupted where `stopped` says so; Stopped at a violation of the kernel's */
export function measure(setting: Setting, memory: StudyMemory, stopped: () => boolean = () => false, rows?: TimedRow[]): Measured {
  const b = new BenchMachine(setting, memory);
  const { m } = b.world;
  m.onBeat = (): void => {
    m.nextBeat = m.seq + BEAT;
    if (stopped()) throw new Interrupted();
  };
  m.nextBeat = 0;
  const found = nothing();
  const trace = rows === undefined ? null : new Trace(b, rows);
  if (typeof setting.workload !== 'string') {
    const replay = new Replay(b, setting.workload);
    const watches = Array.from({ length: setting.cpus }, (_, cpu) => traced(trace, cpu, 'dontneed', stopwatch(b, cpu, found)));
    return observed(b, setting, found, trace, () => replay.run((cpu) => watches[cpu]!));
  }
  const { workload, pages, initiators, rounds } = setting;
  const clock = setting.policy.replace.scheduler_tick === undefined ? null : new Ticks(b, initiators);
  const random = new Xorshift(setting.seed);
  const pause = (): number => (setting.pause === 0 ? 0 : random.below(2 * setting.pause + 1));
  const loops = Array.from({ length: initiators }, (_, cpu) => {
    const round = roundOf(b, workload, pages, cpu);
    return (n: number, watch: Stopwatch) => {
      let left = n;
      return function* again(c: Vcpu): Code {
        yield* round(c, watch);
        if (clock?.isDue(cpu) === true) yield* clock.tick(c);
        left--;
        if (left > 0) b.engine.start(cpu, again, b.engine.now() + pause());
      };
    };
  });
  b.runAll(
    loops.map((loop, cpu) => loop(Math.min(WARM_UP, rounds), stopwatch(b, cpu, nothing()))),
    pause,
  );
  const watches = loops.map((_, cpu) => traced(trace, cpu, workload, stopwatch(b, cpu, found)));
  return observed(b, setting, found, trace, () =>
    b.runAll(
      loops.map((loop, cpu) => loop(rounds, watches[cpu]!)),
      pause,
    ),
  );
}

/** What a stopwatch of one vCPU has found. */
interface Found {
  durations: Distribution;
  /** ns in each of PHASES. */
  phases: Float64Array;
}

const nothing = (): Found => ({ durations: new Distribution(), phases: new Float64Array(PHASES.length) });

function stopwatch({ engine }: BenchMachine, cpu: number, found: Found): Stopwatch {
  const { account } = engine;
  let since = 0;
  return {
    begin: () => {
      since = engine.now();
      for (let phase = 0; phase < PHASES.length; phase++) found.phases[phase]! -= account.of(cpu, phase);
    },
    end: () => {
      found.durations.add(engine.now() - since);
      for (let phase = 0; phase < PHASES.length; phase++) found.phases[phase]! += account.of(cpu, phase);
    },
  };
}

function traced(trace: Trace | null, cpu: number, name: string, watch: Stopwatch): Stopwatch {
  if (trace === null) return watch;
  return {
    begin: () => {
      trace.begin(cpu, name);
      watch.begin();
    },
    end: () => {
      watch.end();
      trace.end(cpu);
    },
  };
}

/** The timer of all vCPUs, for policies that need one: initiators look at it between operations, and the first of them sees to it for those that have none. */
class Ticks {
  private readonly b: BenchMachine;
  private readonly next: Float64Array;

  constructor(b: BenchMachine, initiators: number) {
    this.b = b;
    this.next = new Float64Array(initiators);
  }

  isDue(cpu: number): boolean {
    return this.b.engine.now() >= this.next[cpu]!;
  }

  *tick(c: Vcpu): Code {
    const { engine } = this.b;
    this.next[c.id] = engine.now() + TICK;
    if (c.id === 0) for (let cpu = this.next.length; cpu < c.m.cpus; cpu++) engine.start(cpu, tick, engine.now());
    yield* tick(c);
  }
}

/** Work with everything about it counted. */
function observed(
  b: BenchMachine,
  { cpus, initiators, idle }: Setting,
  { durations, phases }: Found,
  trace: Trace | null,
  work: () => void,
): Measured {
  const { engine, world } = b;
  const { account } = engine;
  const { words } = world.m.mem;
  const calls = (): number => world.k.percpu.reduce((total, area) => total + words[area + percpu.irq_tlb_count]!, 0);
  const counts = new FlushCount();
  const heard = new Heard();
  const before = { calls: calls(), from: engine.clock[0]!, seq: world.m.seq };
  account.reset();
  engine.listener = heard;
  trace?.attach();
  world.k.tracer = counts;
  work();
  world.k.tracer = null;
  engine.listener = null;
  const time = engine.clock[0]! - before.from;
  const sum = (each: Int32Array): number => each.reduce((total, n) => total + n, 0);
  const called = calls() - before.calls;
  let own = 0;
  const victims = cpus - initiators - idle;
  for (let cpu = initiators; cpu < initiators + victims; cpu++) own += account.of(cpu, USER);
  return {
    initiator: durations,
    victims: heard.handlers,
    arrival: heard.arrivals,
    sent: sum(account.sent),
    received: sum(account.received),
    coalesced: Math.max(0, called - sum(account.sent)) + sum(account.coalesced),
    flushes: { full: counts.full, ranged: counts.ranged },
    lazySkips: Math.max(0, counts.wanted - called),
    phases: [...phases].map((ns) => ns / Math.max(1, durations.values.length)),
    throughput: victims === 0 ? null : own / (time * victims),
    rate: (durations.values.length / time) * 1e9,
    events: world.m.seq - before.seq,
    time,
  };
}

/** Interrupts, from the clocks. */
class Heard implements Listener {
  readonly handlers = new Distribution();
  readonly arrivals = new Distribution();
  private readonly sentAt = new Map<number, number>();
  private readonly enteredAt = new Map<number, number>();

  sent(time: number, _cpu: number, to: number): void {
    if (!this.sentAt.has(to)) this.sentAt.set(to, time);
  }

  entered(time: number, cpu: number): void {
    this.enteredAt.set(cpu, time);
    const sent = this.sentAt.get(cpu);
    if (sent !== undefined) this.arrivals.add(time - sent);
    this.sentAt.delete(cpu);
  }

  left(time: number, cpu: number): void {
    this.handlers.add(time - this.enteredAt.get(cpu)!);
  }

  waits(): void {}
  waited(): void {}
  woke(): void {}
}
