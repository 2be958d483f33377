// SPDX-License-Identifier: GPL-2.0-only
/**
 * Guards: the named synchronisation steps of the port that a study may take away. Each is declared beside the code that it guards, and
 * asked for with `on(c, guard)`; which are off is fixed for a machine.
 */
import type { Vcpu } from '../../cpu/vcpu.ts';

export interface Guard {
  readonly id: number;
  readonly name: string;
  /** What the step does, in one line. */
  readonly about: string;
  /** The Linux file that has it. */
  readonly file: string;
}

/** Those of the modules that have been loaded; all of the port: guards.ts. */
export const declaredGuards: Guard[] = [];

export function guard(name: string, about: string, file: string): Guard {
  const g: Guard = { id: declaredGuards.length, name, about, file };
  declaredGuards.push(g);
  return g;
}

/** Is the step taken? */
export const on = (c: Vcpu, g: Guard): boolean => c.m.guardsOff === null || !c.m.guardsOff.has(g.id);

export interface DataRace {
  readonly about: string;
  /** The Linux file and function whose plain access it is. */
  readonly where: string;
}

export const declaredDataRaces: DataRace[] = [];

/** Declares an access that is plain in Linux and races by design: the port makes it a marked one. */
export function data_race(about: string, where: string): DataRace {
  const race = { about, where };
  declaredDataRaces.push(race);
  return race;
}
