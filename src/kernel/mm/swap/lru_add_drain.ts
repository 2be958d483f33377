// SPDX-License-Identifier: GPL-2.0-only
/**
 * The batches are emptied, so that their folios lie on the lists and nothing else holds them. Linux v6.6: mm/swap.c, lru_add_drain(),
 * lru_add_drain_cpu(), lru_add_drain_all().
 *
 * Linux has each CPU drain its own from a work queue, and waits. Where one flow of control runs at a time the caller does it for them, which is the same;
 * on machines that are explored batches are always empty.
 */
import { load } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { flush_work, queue_work_on } from '../../kernel/workqueue.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { mlock_fbatch } from '../mlock/mlock_batch.ts';
import { mlock_batch_of, mlock_drain_local, mlock_drain_remote } from '../mlock/mlock_folio.ts';
import { batch_of, folio_batch_move_lru } from './folio_batch_move_lru.ts';
import { folio_batch, NR_FBATCHES } from './swap_setup.ts';

export function* lru_add_drain_cpu(c: Vcpu, cpu: number): Code {
  if (kernelOf(c).config.quarantine === true) return;
  for (let what = 0; what < NR_FBATCHES; what++) yield* folio_batch_move_lru(c, batch_of(c, cpu, what), what);
}

export function* lru_add_drain(c: Vcpu): Code {
  yield* lru_add_drain_cpu(c, c.id);
  yield* mlock_drain_local(c);
}

export function* lru_add_drain_all(c: Vcpu): Code {
  if (c.m.parallel) return yield* drain_by_work(c);
  for (let cpu = 0; cpu < c.m.cpus; cpu++) {
    yield* lru_add_drain_cpu(c, cpu);
    if (cpu !== c.id) yield* mlock_drain_remote(c, cpu);
  }
  yield* mlock_drain_local(c);
}

function* drain_by_work(c: Vcpu): Code {
  let has_work = 0;
  for (let cpu = 0; cpu < c.m.cpus; cpu++) {
    if (cpu === c.id || !(yield* cpu_needs_drain(c, cpu))) continue;
    yield* queue_work_on(c, cpu);
    has_work |= 1 << cpu;
  }
  for (let cpu = 0; cpu < c.m.cpus; cpu++) if (((has_work >>> cpu) & 1) !== 0) yield* flush_work(c, cpu);
  yield* lru_add_drain(c);
}

/** data_race(): a rough look, as in Linux. */
function* cpu_needs_drain(c: Vcpu, cpu: number): Code<boolean> {
  for (let what = 0; what < NR_FBATCHES; what++) if ((yield* load(c, at(batch_of(c, cpu, what), folio_batch.nr))) > 0) return true;
  return (yield* load(c, at(mlock_batch_of(c, cpu), mlock_fbatch.nr))) > 0;
}
