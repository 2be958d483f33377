// SPDX-License-Identifier: GPL-2.0-only
/**
 * User code of P on CPU 1, which may use whatever its vCPU remembers. A page fault ends it: then it has not been fooled.
 */
import { load } from '../../../cpu/ops.ts';
import { violate } from '../../../cpu/report.ts';
import { loadLinear, storeLinear } from '../../../cpu/translate.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { USER } from '../../../mmu/access.ts';
import { NO_FAULT } from '../../../mmu/fault.ts';
import { switch_mm } from '../../kernel/arch/x86/mm/tlb/switch_mm.ts';
import { local_irq_restore, local_irq_save } from '../../kernel/include/linux/irqflags.ts';
import { kernelOf } from '../../kernel/kernel.ts';
import { ADDRESS, storedIn } from '../collapse/world.ts';
import type { Operation } from './operations.ts';
import { NEW, type World } from './world.ts';

/** Runs while the page is taken away; P is loaded when its user code begins, whatever was before. */
export function* victim(c: Vcpu, w: World, operation: Operation): Code {
  yield* switch_mm(c, w.q, w.p);
  if (!(yield* use(c, w, operation))) return;
  yield* tick(c);
  yield* use(c, w, operation);
}

/** The timer interrupt, at a fixed place in the code, which the others may run at any time of theirs. */
function* tick(c: Vcpu): Code {
  const flags = yield* local_irq_save(c);
  yield* kernelOf(c).fns.scheduler_tick(c);
  yield* local_irq_restore(c, flags);
}

/** @returns false: a page fault */
function* use(c: Vcpu, w: World, operation: Operation): Code<boolean> {
  if (operation.stores === true) return yield* storeLinear(c, ADDRESS, USER, NEW);
  const isNew = (yield* load(c, w.remapped)) !== 0;
  const found = yield* loadLinear(c, ADDRESS, USER);
  if (c.fault !== NO_FAULT) return false;
  if (isNew && found !== NEW)
    violate(c, 'check', `P reads 0x${found.toString(16)} at an address that was mapped anew, with 0x${NEW.toString(16)} there`);
  if (![storedIn(0), NEW, 0].includes(found)) violate(c, 'lost-page', `P reads 0x${found.toString(16)}`);
  return true;
}
