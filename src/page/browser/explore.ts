// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page of a counterexample: its steps as columns, one a vCPU, and the machine behind the step that is chosen. The chosen step is in the address, so
 * that it can be linked to.
 */
import type { ExploreData } from '../explore-data.ts';
import { columns } from './columns.ts';
import { h, main, pageData, panel } from './dom.ts';
import { stateText } from './machine.ts';
import { controls } from './stepper.ts';

const data = pageData<ExploreData>();
const last = data.steps.length;

let step = stepOf(location.hash) ?? 0;
/** Steps that the race diagram leaves out are passed over. */
let drawnOnly = false;

function stepOf(hash: string): number | null {
  const m = /^#step=(\d+)$/.exec(hash);
  return m === null ? null : Math.min(Number(m[1]), last);
}

/** The steps that can be gone to, in order. */
const stops = (): number[] => [0, ...data.steps.filter((s) => !drawnOnly || s.drawn || s.seq === data.found).map((s) => s.seq)];

function go(to: number): void {
  step = to;
  history.replaceState(null, '', `#step=${step}`);
  show();
}

/** @param by how many stops forward, or back */
function move(by: number): void {
  const list = stops();
  const at = list.findLastIndex((s) => s <= step);
  // Between two stops, one back is the stop below.
  const from = list[at] === step || by > 0 ? at : at + 1;
  go(list[Math.max(0, Math.min(list.length - 1, from + by))]!);
}

const list = columns(data, go);
const stepper = controls({
  go: (index) => go(stops()[index]!),
  move,
  filter(on) {
    drawnOnly = on;
    list.filter(on);
    show();
  },
});
const told = h('p', { id: 'told', 'aria-live': 'polite' });
const machine = h('div', { id: 'machine' });

function show(): void {
  const all = stops();
  stepper.show(
    all.findLastIndex((s) => s <= step),
    all.length - 1,
    `step ${step} of ${last}`,
  );
  list.show(step);
  const s = data.steps[step - 1];
  told.replaceChildren(...(s === undefined ? ['Before the first step.'] : sentence(s)));
  machine.replaceChildren(...stateText(data, step));
}

function sentence(s: ExploreData['steps'][number]): (Node | string)[] {
  const who = `${s.context === 'speculation' ? 'A speculative walk' : `CPU${s.cpu}`}${s.context === 'program' || s.context === 'speculation' ? '' : `, ${s.context}`}`;
  const values = s.before.length === 0 ? '' : `: ${s.before.join(' ')}${s.after === undefined ? '' : ` -> ${s.after.join(' ')}`}`;
  const where = [
    h('b', {}, who),
    ` in ${s.function}(): `,
    h('code', {}, s.text),
    ` (${s.operation}${s.word === '' ? '' : ` of ${s.word}`}${values})`,
  ];
  const calls = h('small', {}, ` ${s.calls.join(' > ')}, ${s.file}:${s.line}`);
  const found = s.seq === data.found ? [h('strong', {}, ' Here it is found.')] : [];
  return [...where, ...found, h('br'), calls];
}

addEventListener('keydown', (e) => {
  const target = e.target as HTMLElement;
  if (e.ctrlKey || e.altKey || e.metaKey || target.matches('input[type=range]')) return;
  const inList = target.closest('[role=listbox]') !== null;
  const by =
    e.key === 'ArrowRight' || (inList && e.key === 'ArrowDown') ? 1 : e.key === 'ArrowLeft' || (inList && e.key === 'ArrowUp') ? -1 : 0;
  const ends = e.key === 'Home' ? -Infinity : e.key === 'End' ? Infinity : 0;
  if (by === 0 && ends === 0) return;
  e.preventDefault();
  move(by + ends);
});
addEventListener('hashchange', () => {
  step = stepOf(location.hash) ?? step;
  show();
});

main().append(
  h('h1', {}, h('span', { class: 'violated' }, 'violated'), ` ${data.kind}`),
  h('p', { class: 'summary' }, data.summary),
  h('p', {}, `${data.cell}. ${data.length}.`),
  h('details', {}, h('summary', {}, 'The report as it is printed'), h('pre', {}, data.text)),
  stepper.element,
  told,
  h('div', { class: 'split' }, panel('Steps', list.element), machine),
);
show();
