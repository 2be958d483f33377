// SPDX-License-Identifier: GPL-2.0-only
/**
 * The machine at one moment: the entries with who wrote their halves, each vCPU, and the page tables.
 */
import type { Node as Entry, Tree } from '../../report/page-tables.ts';
import type { CpuState } from '../../report/snapshot.ts';
import type { BufferState, TlbState } from '../../report/state.ts';
import type { ExploreData } from '../explore-data.ts';
import { h, panel, table } from './dom.ts';

/** @param step the number of steps that have run */
export function stateText(data: ExploreData, step: number): HTMLElement[] {
  const moment = data.moments[step]!;
  const passed = data.steps[step - 1]?.tracepoints ?? [];
  const used = new Set(data.steps.map((s) => s.cpu));
  const cpus = moment.cpus.flatMap((state, cpu) => {
    const of = (x: { of: string }): boolean => new RegExp(`CPU${cpu}$`).test(x.of);
    const buffers = moment.buffers.filter(of);
    if (!used.has(cpu) && buffers.length === 0 && state.pending.length === 0) return [];
    return [
      cpuPanel(
        data,
        cpu,
        state,
        buffers,
        moment.tlbs.filter((t) => t.cpu === cpu),
      ),
    ];
  });
  return [
    entriesPanel(data, step),
    panel('vCPUs', h('div', { class: 'cards' }, ...cpus)),
    panel('Page tables', ...data.trees[moment.trees]!.map((tree) => treeText(tree, data))),
    framesPanel(data, step),
    ...(passed.length === 0 ? [] : [panel('Tracepoints', ...passed.map((text) => h('p', {}, h('code', {}, text))))]),
  ];
}

function entriesPanel(data: ExploreData, step: number): HTMLElement {
  const half = (value: string, by: number): HTMLElement => {
    const who = data.steps[by - 1];
    const writer = who === undefined ? 'from the start' : h('a', { href: `#step=${by}` }, `step ${by}, CPU${who.cpu}`);
    return h('span', by === step && step > 0 ? { class: 'new' } : {}, h('code', {}, value), ' ', h('small', {}, writer));
  };
  const rows = data.entries.map(({ name, lowBy, highBy }, i) => {
    const { low, high } = data.moments[step]!.entries[i]!;
    return [h('code', {}, name), half(high, highBy[step]!), half(low, lowBy[step]!)];
  });
  return panel(
    'Entries',
    rows.length === 0 ? h('p', {}, 'The execution touches no page-table entry.') : table(['entry', 'high half', 'low half'], rows),
  );
}

function framesPanel(data: ExploreData, step: number): HTMLElement {
  const now = data.moments[step]!.frames;
  const before = data.moments[Math.max(0, step - 1)]!.frames;
  const rows = data.frames.map((name, i) => [
    h('code', {}, name),
    h('span', now[i] === before[i] ? { class: kindOf(now[i]!) } : { class: `${kindOf(now[i]!)} new` }, h('code', {}, now[i]!)),
  ]);
  return panel('Frames that are or were taken for page tables', table(['frame', 'what it is'], rows));
}

function cpuPanel(
  data: ExploreData,
  cpu: number,
  state: CpuState,
  buffers: readonly BufferState[],
  tlbs: readonly TlbState[],
): HTMLElement {
  const comm = data.comms[cpu]!;
  const lines: [string, string][] = [['IF', state.interruptsOn ? '1' : '0']];
  if (state.handlers.length > 0) lines.push(['in handler', state.handlers.join(', ')]);
  if (state.pending.length > 0) lines.push(['pending', state.pending.join(', ')]);
  for (const b of buffers) {
    const stores = b.stores.map((s) => `${s.word} = ${s.value}${s.marked ? '' : ' (plain)'}`);
    lines.push([b.of === `CPU${cpu}` ? 'store buffer' : `store buffer of ${b.of}`, stores.join('\n')]);
  }
  if (!buffers.some((b) => b.of === `CPU${cpu}`)) lines.push(['store buffer', 'empty']);
  for (const t of tlbs)
    lines.push([`TLB, ${t.access} of ${t.address}`, [t.now, ...t.remembered.map((r) => `or remembered: ${r}`)].join('\n')]);
  if (tlbs.length === 0) lines.push(['TLB', data.translates ? 'nothing looks it up here' : 'no access of this scenario is translated']);
  for (const t of state.torn) lines.push(['torn pair', `${t.pair}: frame ${t.frame}`]);
  for (const c of state.contexts) lines.push([c.of === `CPU${cpu}` ? 'program' : c.of, c.is]);
  const list = h(
    'dl',
    {},
    ...lines.flatMap(([name, value]) => [h('dt', {}, name), h('dd', name === 'torn pair' ? { class: 'bad' } : {}, value)]),
  );
  return h(
    'article',
    { 'data-cpu': String(cpu), class: `colour${cpu % 4}` },
    h('h3', {}, `CPU${cpu}${comm === '' ? '' : ` (${comm})`}`),
    list,
  );
}

function treeText({ name, root }: Tree, data: ExploreData): HTMLElement {
  return h('div', { class: 'tree' }, h('b', {}, name), nodes(root, data));
}

function nodes(list: readonly Entry[], data: ExploreData): HTMLElement {
  return h(
    'ul',
    {},
    ...list.map((n) => {
      const leads = n.frame === '' ? [] : [' → ', h('span', { class: kindOf(n.frame) }, n.frame)];
      const name = h('span', n.watched < 0 ? {} : { class: 'watched' }, n.name);
      const below = n.children.length === 0 ? [] : [nodes(n.children, data)];
      return h('li', {}, name, ' ', h('code', {}, n.value), h('small', {}, ` ${n.about}`), ...leads, ...below);
    }),
  );
}

/** A table, a page, or what no entry should lead to. */
const kindOf = (frame: string): string => (/free|no memory/.test(frame) ? 'bad' : /table|directory/.test(frame) ? 'table' : 'page');
