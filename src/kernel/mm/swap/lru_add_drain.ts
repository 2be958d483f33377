// SPDX-License-Identifier: GPL-2.0-only
/**
 * The batches of a CPU are emptied. Linux v6.6: mm/swap.c.
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';

export function* lru_add_drain(c: Vcpu): Code {
  violate(c, 'check', 'not ported yet: lru_add_drain');
}

export function* lru_add_drain_all(c: Vcpu): Code {
  violate(c, 'check', 'not ported yet: lru_add_drain_all');
}

export function* lru_add_drain_cpu(c: Vcpu, cpu: number): Code {
  violate(c, 'check', 'not ported yet: lru_add_drain_cpu');
}
