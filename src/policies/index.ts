// SPDX-License-Identifier: GPL-2.0-only
/** The policies that come with paelab: right ones, then those that a check must find wrong. */
import type { Policy } from '../kernel/policy.ts';
import { UsageError } from '../usage-error.ts';
import { access_bit, access_bit_aged } from './access-bit.ts';
import { broadcast } from './broadcast.ts';
import { early_ack, early_ack_return } from './early-ack.ts';
import { invlpgb, invlpgb_nosync } from './invlpgb.ts';
import { lazy, lazy_free, lazy_reuse } from './lazy.ts';
import { linux } from './linux.ts';
import { none } from './none.ts';
import { serial } from './serial.ts';

export const rightPolicies: readonly Policy[] = [linux, serial, broadcast, early_ack, lazy, access_bit, invlpgb];
export const wrongPolicies: readonly Policy[] = [none, early_ack_return, lazy_free, lazy_reuse, access_bit_aged, invlpgb_nosync];
export const policies: readonly Policy[] = [...rightPolicies, ...wrongPolicies];

/** @throws UsageError with what there is */
export function policyNamed(name: string): Policy {
  const found = policies.find((p) => p.name === name);
  if (found === undefined) throw new UsageError(`no policy '${name}'; known: ${policies.map((p) => p.name).join(', ')}`);
  return found;
}
