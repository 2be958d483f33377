// SPDX-License-Identifier: GPL-2.0-only
/**
 * Where the time of a collapse goes. The functions listed are wrapped when the benchmark is bundled (src/build/phases.mjs): each runs once or a few times in a
 * collapse. Time counts for the innermost of them that runs; it is the host's clock, since asking for CPU time costs as much as a short phase.
 */
export const PHASES = ['scan', 'allocate', 'isolate', 'unmap and flush', 'sync', 'copy', 'release', 'retract', 'install', 'rest'] as const;

/** In microseconds. */
const now = (): number => performance.now() * 1000;

class Phases {
  readonly spent = new Map<string, number>();
  private readonly inside: string[] = [];
  private since = 0;

  start(): void {
    this.spent.clear();
    this.since = now();
  }

  enter(phase: string): void {
    this.charge();
    this.inside.push(phase);
  }

  leave(): void {
    this.charge();
    this.inside.pop();
  }

  stop(): void {
    this.charge();
  }

  private charge(): void {
    const time = now();
    const phase = this.inside.at(-1) ?? 'rest';
    this.spent.set(phase, (this.spent.get(phase) ?? 0) + time - this.since);
    this.since = time;
  }
}

const phases = new Phases();

/** Runs something with the phases listening. @returns microseconds by phase */
export function inPhases(run: () => void): ReadonlyMap<string, number> {
  const listening = globalThis as { paelabPhases?: Phases };
  listening.paelabPhases = phases;
  phases.start();
  run();
  phases.stop();
  delete listening.paelabPhases;
  return phases.spent;
}
