// SPDX-License-Identifier: GPL-2.0-only
/** 20 GiB of collapses on 64 CPUs: 645,120 interrupts, where a 64-core machine counted 646,316. Budget: 60 s of CPU time. */
import { expect, it } from 'vitest';
import { collapses } from './sync-ipis.ts';

it('20 GiB', () => {
  expect(collapses(64, 10_240)).toEqual({ collapsed: 10_240, received: 645_120, most: 10_240 });
}, 600_000);
