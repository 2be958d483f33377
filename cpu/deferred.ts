// SPDX-License-Identifier: GPL-2.0-only
/**
 * Sections and deferred callbacks, the machine's half of RCU: a callback may run once every section that was open when it was deferred
 * has ended and the stores issued in it have drained. Two counters for each vCPU: `starts`, which a section's start raises at once, and
 * `ends`, which its end raises through the buffer. Deferring reads all starts; the callback waits for as many ends.
 *
 * Reference: Linux v6.6 Documentation/RCU/Design/Requirements ("Grace-Period Guarantee"); docs/design-notes.md, "Sections".
 * Not modelled: expedited and nested grace periods; callbacks may run in any order.
 */
import type { Ptr } from '../mmu/types.ts';
import { AWAIT, LOAD, RMW } from './kinds.ts';
import { fence, issue } from './memory.ts';
import { ADD } from './rmw.ts';
import { MARKED } from './store-buffer.ts';
import { type Code, PROGRAM, type Vcpu } from './vcpu.ts';
import { Defect } from './violation.ts';

/** A section starts; only the outermost one counts. */
export function* sectionBegin(c: Vcpu): Code {
  if (c.sections++ > 0 || c.role !== PROGRAM || c.m.callbacks === 0) return;
  c.kind = RMW;
  c.at = (c.m.startsBase + c.id) as Ptr;
  c.n = 1;
  c.fn = ADD;
  c.a0 = 1;
  c.quiet = true;
  c.spawns = -1;
  if (c.m.trace !== null) c.site = c.m.trace.site();
  yield;
}

export function* sectionEnd(c: Vcpu): Code {
  if (--c.sections > 0 || c.role !== PROGRAM || c.m.callbacks === 0) return;
  issue(c, (c.m.endsBase + c.id) as Ptr, ++c.sectionsEnded, 0, MARKED);
}

/** Runs `run(arg)` on a context of its own after a grace period. Only programs may defer. */
export function* defer(c: Vcpu, run: (cb: Vcpu, arg: number) => Code, arg: number): Code {
  const { m } = c;
  if (c.role !== PROGRAM) throw new Defect(`${m.contextName(c)} defers a callback`);
  if (c.deferred === m.callbacks) throw new Defect(`more than ${m.callbacks} deferred callbacks on ${m.contextName(c)} in one execution`);
  const callback = m.contexts[m.firstCallback + c.id * m.callbacks + c.deferred++]!;
  c.kind = LOAD;
  c.at = m.startsBase;
  c.n = m.cpus;
  c.quiet = true;
  c.spawns = callback.ctx;
  fence(c);
  if (m.trace !== null) c.site = m.trace.site();
  yield;
  const starts = m.mem.words.slice(m.startsBase, m.startsBase + m.cpus);
  m.races.order(c.ctx, callback.ctx);
  callback.callback = run;
  callback.callbackArg = arg;
  callback.kind = AWAIT;
  callback.at = m.endsBase;
  callback.n = m.cpus;
  callback.grace = starts;
}
