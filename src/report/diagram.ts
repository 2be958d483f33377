// SPDX-License-Identifier: GPL-2.0-only
/**
 * The race diagram: time runs down, one column a CPU, calls nested by indentation, only the lines that matter.
 *
 * A transition is drawn if it touches a page-table entry, takes or drops a lock, masks, sends or takes an interrupt, or touches a word that
 * another column touches as well; everything else is a CPU's private business. Loads of both halves with nothing in between are one line.
 */
import { ACQUIRE, AWAIT, CHOOSE, DRAIN, ISSUE, LOAD, WALK } from '../../cpu/kinds.ts';
import type { Row, Site, Trace } from '../../cpu/trace.ts';
import { CALLBACK, type Vcpu } from '../../cpu/vcpu.ts';
import { pairText } from '../../mmu/entry.ts';
import { type Line, layOut } from './columns.ts';
import { entryName, eventText, primitiveAt } from './event-text.ts';

/** Steps that say how the port or Linux is cut into pieces, and nothing about the race. */
const SILENT = new Set([
  ...[
    'read',
    'run',
    'retract',
    'refault',
    'retractAndRefault',
    'retract_one',
    'pxx_xchg64',
    'map_value',
    'native_set_pmd',
    'native_set_pte',
  ],
  ...[
    'native_pmdp_get_and_clear',
    'i_mmap_lock_read',
    'i_mmap_unlock_read',
    'pmd_lock',
    'pmdp_get_lockless_start',
    'pmdp_get_lockless_end',
  ],
  ...[
    'smp_call_function',
    'smp_call_function_many',
    'smp_call_function_many_cond',
    'queue_on_targets',
    'wait_for_targets',
    'csd_lock_wait',
  ],
  ...['csd_unlock', 'call_and_unlock', 'arch_send_call_function_single_ipi', 'arch_send_call_function_ipi_mask', 'native_flush_tlb_multi'],
  ...[
    'flush_tlb_multi',
    'flush_tlb_mm_range',
    'flush_tlb_everywhere',
    'flush_tlb_here',
    'on_each_cpu_cond_mask',
    'on_each_cpu_mask',
    '__flush_smp_call_function_queue',
    'handle_interrupt',
  ],
  ...[
    'find_table_of',
    'tlb_remove_table_sync_one',
    'sendIpi',
    'sendIpiX2apic',
    'sendNmi',
    'sendNmiX2apic',
    'pte_free_now',
    'pte_unmap',
    'pmd_populate',
  ],
]);
/** Words that only the machine looks at, and the queues below a call to another CPU. */
const GHOST = /^(?:sti|wake|section starts|section ends)\(|\.call_single_queue|\.llist_next/;

/** A drawn line before it is laid out: a row, three loads of an entry at once, or one side of a race. */
interface Step {
  row: Pick<Row, 'seq' | 'cpu' | 'site' | 'callback'>;
  text: string;
}

/** @param comms name of the task on each vCPU */
export function drawRace(trace: Trace, contexts: readonly Vcpu[], comms: readonly string[]): string {
  const steps = mergeReads(
    trace.rows.filter((r) => matters(r, trace, contexts.length)),
    trace,
  );
  for (const side of racingSteps(trace, contexts)) {
    const next = steps.findIndex((s) => s.row.seq > side.row.seq);
    steps.splice(next < 0 ? steps.length : next, 0, side);
  }
  const columns = [...new Set(steps.map((s) => s.row.cpu))].sort((a, b) => a - b);
  const titles = columns.map((cpu) => `CPU${cpu}${comms[cpu] === undefined ? '' : ` (${comms[cpu]})`}`);
  const lines: Line[] = [];
  const open = columns.map((): string[] => []);
  for (const { row, text } of steps) {
    const column = columns.indexOf(row.cpu);
    const calls = drawnCalls(row, trace.sites[row.site]!);
    const stack = open[column]!;
    let same = 0;
    while (same < stack.length && same < calls.length && stack[same] === calls[same]) same++;
    for (let i = same; i < calls.length; i++) lines.push({ column, indent: i, text: calls[i]! });
    open[column] = calls;
    lines.push({ column, indent: calls.length, text });
  }
  return layOut(titles, lines);
}

/** The accesses that race, where they are not drawn as transitions anyway: plain ones, and stores that are still in the buffer. */
function racingSteps({ race }: Trace, contexts: readonly Vcpu[]): Step[] {
  if (race === null) return [];
  return [race.first, race.second].flatMap((side): Step[] => {
    const c = contexts[side.ctx]!;
    if (side.site === 0 || (!side.plain && !side.writes)) return [];
    const what = race.n > 1 ? 'the frame' : race.name;
    const row = { seq: side.seq, cpu: c.id, site: side.site, callback: c.role >= CALLBACK };
    return [{ row, text: `${side.writes ? 'write' : 'read'}${side.plain ? '' : ' (marked)'} of ${what}` }];
  });
}

function drawnCalls(row: Step['row'], site: Site): string[] {
  const p = primitiveAt(site);
  const calls = (p >= 0 ? site.calls.slice(0, p) : site.calls).filter((f) => !SILENT.has(f)).map((f) => `${f}()`);
  return row.callback ? ['<RCU callback>', ...calls] : calls;
}

/** Is the transition drawn? */
export function matters(row: Row, trace: Trace, contexts: number): boolean {
  if (row.kind === CHOOSE) return row.name !== '';
  // What matters of a store to an entry is when it drains.
  if (row.kind >= WALK) return row.kind !== ISSUE;
  const site = trace.sites[row.site]!;
  if (GHOST.test(row.name)) return row.kind === DRAIN && row.name.startsWith('sti(') && site.calls.includes('local_irq_restore');
  if (row.name.startsWith('csd(')) return site.calls.includes(row.kind === AWAIT ? 'wait_for_targets' : 'csd_unlock');
  if (row.entry || /^interrupt gate|^pending|^NMI wake/.test(row.name))
    return !site.calls.includes('flush_tlb_mm_range') || !/gate/.test(row.name);
  const p = primitiveAt(site);
  if (p >= 0) return row.kind === ACQUIRE || row.kind === DRAIN || !/rcu_read/.test(site.calls[p]!);
  return trace.rows.some((o) => o.at === row.at && o.actor % contexts !== row.actor % contexts && o.cpu !== row.cpu);
}

/** Low, high and low again, one right after the other and with the same low: one line with the pair. */
function mergeReads(rows: readonly Row[], trace: Trace): Step[] {
  const steps: Step[] = [];
  for (let i = 0; i < rows.length; i++) {
    const [a, b, c] = [rows[i]!, rows[i + 1], rows[i + 2]];
    const half = (r: Row | undefined, at: number): r is Row =>
      r !== undefined && r.kind === LOAD && r.n === 1 && r.at === at && r.actor === a.actor;
    if (a.entry && half(a, a.at) && a.name.includes('_low') && half(b, a.at + 1) && half(c, a.at) && c.lo === a.lo) {
      steps.push({ row: c, text: `${entryName(a.name)} is ${pairText(a.lo, b.lo)}` });
      i += 2;
    } else steps.push({ row: a, text: `${eventText(a, trace.sites[a.site]!)}${a.late ? ' (stored before)' : ''}` });
  }
  return steps;
}
