// SPDX-License-Identifier: GPL-2.0-only
/**
 * A plan of mdelay() points as a patch sketch, in the shape in which a reproducer of a race is passed round.
 */

import { MAX_WIDTH } from './columns.ts';
import type { Delay, DelayPlan } from './delays.ts';

export function delaysText(plan: DelayPlan): string {
  const starts = plan.starts.map((s) => `${s.comm} on CPU${s.cpu} at ${s.ms} ms`).join(', ');
  const parts = [wrapped('', `To be tried in a guest: start ${starts}.`), ...plan.delays.map(delayText)];
  if (plan.delays.length === 0) parts.push('No CPU has to be held up between two of its steps.');
  parts.push(plan.notes.map((n) => wrapped('- ', n)).join('\n'));
  return `${parts.join('\n\n')}\n`;
}

function delayText(d: Delay, i: number): string {
  const title = `${i + 1}. ${d.comm} on CPU${d.cpu}, events ${d.from} to ${d.to}`;
  const called = d.caller === '' ? '' : `, called by ${d.caller}()`;
  if (d.waitsFor !== null) return wrapped('', `${title}: waits by itself in ${d.function}()${called}: ${d.waitsFor}`);
  return [
    `${title}:`,
    `--- a/${d.file}`,
    `+++ b/${d.file}`,
    `@@ ${d.function}()${called} @@`,
    ` \t${d.after}`,
    `+\tif (!strcmp(current->comm, "${d.comm}")) mdelay(${d.ms});`,
    ` \t${d.before}`,
  ].join('\n');
}

function wrapped(head: string, text: string): string {
  const lines: string[] = [head];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line.length > head.length && line.length + 1 + word.length > MAX_WIDTH) lines.push(' '.repeat(head.length) + word);
    else lines[lines.length - 1] = line.length > head.length ? `${line} ${word}` : line + word;
  }
  return lines.join('\n');
}
