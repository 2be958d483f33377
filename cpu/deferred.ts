// SPDX-License-Identifier: GPL-2.0-only
/**
 * Sections and deferred callbacks, the machine's half of RCU: a callback may run once every section that was open when it was deferred
 * has ended and the stores issued in it have drained. Two counters for each program and each NMI handler: `starts`, which a section's start raises at once, and
 * `ends`, which its end raises through the buffer. Deferring reads all starts; the callback waits for as many ends.
 *
 * Reference: Linux v6.6 Documentation/RCU/Design/Requirements ("Grace-Period Guarantee"); docs/design-notes.md, "Sections".
 * Not modelled: expedited and nested grace periods; callbacks may run in any order.
 */
import type { Ptr } from '../mmu/types.ts';
import { recycle } from './direct.ts';
import { AWAIT, LOAD, RMW } from './kinds.ts';
import { fence, issue } from './memory.ts';
import { ADD } from './rmw.ts';
import { MARKED } from './store-buffer.ts';
import { type Code, NMI, PROGRAM, type Vcpu } from './vcpu.ts';
import { Defect } from './violation.ts';

/** Those of programs and of NMI handlers are counted; nothing that is deferred concerns an interrupt handler. */
const counts = (c: Vcpu): boolean => c.m.callbacks > 0 && (c.role === PROGRAM || c.role === NMI);

/** Programs come first, then NMI handlers. */
const counter = (c: Vcpu): number => (c.role === PROGRAM ? c.id : c.m.cpus + c.id);

/** A section starts; only the outermost one counts. */
export function* sectionBegin(c: Vcpu): Code {
  if (c.sections++ > 0 || !counts(c)) return;
  c.kind = RMW;
  c.at = (c.m.startsBase + counter(c)) as Ptr;
  c.n = 1;
  c.fn = ADD;
  c.a0 = 1;
  c.quiet = true;
  c.spawns = -1;
  if (c.m.trace !== null) c.site = c.m.trace.site();
  yield;
}

export function* sectionEnd(c: Vcpu): Code {
  if (--c.sections > 0 || !counts(c)) return;
  issue(c, (c.m.endsBase + counter(c)) as Ptr, ++c.sectionsEnded, 0, MARKED);
}

/** Runs `run(arg)` on a context of its own after a grace period. Only programs may defer. */
export function* defer(c: Vcpu, run: (cb: Vcpu, arg: number) => Code, arg: number): Code {
  const { m } = c;
  if (c.role !== PROGRAM) throw new Defect(`${m.contextName(c)} defers a callback`);
  if (c.deferred === m.callbacks && m.direct) recycle(c);
  if (c.deferred === m.callbacks) throw new Defect(`more than ${m.callbacks} deferred callbacks on ${m.contextName(c)} in one execution`);
  const callback = m.contexts[m.firstCallback + c.id * m.callbacks + c.deferred++]!;
  c.kind = LOAD;
  c.at = m.startsBase;
  c.n = m.sectionCounters;
  c.quiet = true;
  c.spawns = callback.ctx;
  fence(c);
  if (m.trace !== null) c.site = m.trace.site();
  yield;
  const starts = m.mem.words.slice(m.startsBase, m.startsBase + m.sectionCounters);
  if (!m.direct) m.races.order(c.ctx, callback.ctx);
  callback.callback = run;
  callback.callbackArg = arg;
  callback.kind = AWAIT;
  callback.at = m.endsBase;
  callback.n = m.sectionCounters;
  callback.grace = starts;
}
