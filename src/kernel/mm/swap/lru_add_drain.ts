// SPDX-License-Identifier: GPL-2.0-only
/**
 * The batches are emptied, so that their folios lie on the lists and nothing else holds them. Linux v6.6: mm/swap.c, lru_add_drain(),
 * lru_add_drain_cpu(), lru_add_drain_all().
 *
 * Linux has each CPU drain its own from a work queue, and waits. Here the caller does it for them: that is the same where one flow of control runs at
 * a time, and on machines that are explored batches are always empty.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { kernelOf } from '../../kernel.ts';
import { mlock_drain_local, mlock_drain_remote } from '../mlock/mlock_folio.ts';
import { batch_of, folio_batch_move_lru } from './folio_batch_move_lru.ts';
import { NR_FBATCHES } from './swap_setup.ts';

export function* lru_add_drain_cpu(c: Vcpu, cpu: number): Code {
  if (kernelOf(c).config.quarantine === true) return;
  for (let what = 0; what < NR_FBATCHES; what++) yield* folio_batch_move_lru(c, batch_of(c, cpu, what), what);
}

export function* lru_add_drain(c: Vcpu): Code {
  yield* lru_add_drain_cpu(c, c.id);
  yield* mlock_drain_local(c);
}

export function* lru_add_drain_all(c: Vcpu): Code {
  for (let cpu = 0; cpu < c.m.cpus; cpu++) {
    yield* lru_add_drain_cpu(c, cpu);
    if (cpu !== c.id) yield* mlock_drain_remote(c, cpu);
  }
  yield* mlock_drain_local(c);
}
