// SPDX-License-Identifier: GPL-2.0-only
/** The scenarios that come with paelab, in the order in which they are listed. */
import { collapseScenarios } from './collapse/index.ts';
import { retractGup, retractMglru, retractNmi, retractRemote, retractUser } from './retract/readers.ts';
import { retractScenario } from './retract/scenario.ts';
import type { Scenario } from './scenario.ts';
import { shootdown } from './shootdown/shootdown.ts';

export const scenarios: readonly Scenario[] = [
  retractScenario,
  retractMglru,
  retractGup,
  retractNmi,
  retractRemote,
  retractUser,
  ...collapseScenarios,
  shootdown,
];
