// SPDX-License-Identifier: GPL-2.0-only
/** The MMU against the other half of the page-walk vectors. Time budget: 20 s. */
import { test } from 'vitest';
import { expectAgreement } from './walker-files.ts';

test.each([
  ['agreed-40', 25273],
  ['disputed-36', 14596],
])('%s: all %i agree', expectAgreement);
