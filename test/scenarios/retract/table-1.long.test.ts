// SPDX-License-Identifier: GPL-2.0-only
/** Every second cell of `retract`, checked for real; the others: table-2.long.test.ts. Time budget: 10 min. */
import { expectHalf } from './table.ts';

expectHalf(1);
