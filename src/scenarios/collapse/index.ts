// SPDX-License-Identifier: GPL-2.0-only
/** The scenarios of whole collapses. */
import type { Scenario } from '../scenario.ts';
import { collapseAnon } from './anon.ts';
import { collapseFile } from './file.ts';
import { collapsePteMapped } from './pte-mapped.ts';

export const collapseScenarios: readonly Scenario[] = [collapseAnon, collapseFile, collapsePteMapped];
