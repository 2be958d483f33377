// SPDX-License-Identifier: GPL-2.0-only
/**
 * The steps in columns, one a vCPU, time running down. A function's name stands above the first of its steps.
 */
import type { ExploreData, Step } from '../explore-data.ts';
import { h } from './dom.ts';

export interface Columns {
  element: HTMLElement;
  show(step: number): void;
  /** Leaves out what the race diagram does not draw. */
  filter(on: boolean): void;
}

const MARKS: Readonly<Record<Step['context'], string>> = {
  program: '',
  interrupt: 'interrupt',
  nmi: 'NMI',
  callback: 'RCU callback',
  speculation: 'walk',
};

/** Of a column: its vCPU's colour. */
const colourOf = (column: number): string => `colour${column % 4}`;

/** @param go called with the number of the step that is clicked */
export function columns(data: ExploreData, go: (step: number) => void): Columns {
  const { steps, comms, found } = data;
  const used = [...new Set(steps.map((s) => s.cpu))].sort((a, b) => a - b);
  const title = (cpu: number): string => (cpu >= comms.length ? 'walks' : `CPU${cpu}${comms[cpu] === '' ? '' : ` (${comms[cpu]})`}`);
  const headingOf = (s: Step): string => [MARKS[s.context], s.function === '?' ? '' : `${s.function}()`].filter((t) => t !== '').join(': ');
  const rows = steps.map((s, i) => {
    const heading = headingOf(s);
    const above = steps[i - 1];
    const changed = heading !== '' && (above === undefined || above.cpu !== s.cpu || headingOf(above) !== heading);
    const cell = h(
      'div',
      { class: `cell ${colourOf(used.indexOf(s.cpu))}`, style: `grid-column: ${used.indexOf(s.cpu) + 2}` },
      ...(changed ? [h('small', {}, heading)] : []),
      s.text,
    );
    const classes = ['row', s.drawn ? 'drawn' : 'minor', ...(s.seq === found ? ['found'] : [])].join(' ');
    const row = h('div', { class: classes, role: 'option', id: `row${s.seq}` }, h('span', { class: 'seq' }, String(s.seq)), cell);
    row.addEventListener('click', () => go(s.seq));
    return row;
  });
  const head = h(
    'div',
    { class: 'row head', 'aria-hidden': 'true' },
    h('span'),
    ...used.map((cpu, i) => h('b', { class: colourOf(i) }, title(cpu))),
  );
  const list = h('div', { role: 'listbox', tabindex: '0', 'aria-label': 'steps' }, ...rows);
  const element = h('div', { id: 'columns', style: `--columns: ${used.length}` }, head, list);
  return {
    element,
    show(step) {
      for (const [i, row] of rows.entries()) {
        row.classList.toggle('later', i + 1 > step);
        row.setAttribute('aria-selected', String(i + 1 === step));
      }
      list.setAttribute('aria-activedescendant', step === 0 ? '' : `row${step}`);
      const row = rows[step - 1];
      if (row !== undefined) reveal(row, element, head.offsetHeight);
      else element.scrollTop = 0;
    },
    filter: (on) => void element.classList.toggle('short', on),
  };
}

/** Scrolls the list alone, not the page. */
function reveal(row: HTMLElement, list: HTMLElement, head: number): void {
  const bottom = row.offsetTop + row.offsetHeight;
  if (row.offsetTop - head < list.scrollTop) list.scrollTop = row.offsetTop - head;
  else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
}
