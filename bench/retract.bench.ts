// SPDX-License-Identifier: GPL-2.0-only
/** `npm run bench -- retract`: what the commit that the project began with says of itself, measured on the release before it and on its own. */
import { claimsTable } from './retract/table.ts';

process.stdout.write(claimsTable());
