// SPDX-License-Identifier: GPL-2.0-only
/**
 * Elements from tag, attributes and children. Text is always text, never markup.
 */

type Child = Node | string;

/** @param attributes a class, an id, an aria-label, ... */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** What the page was made with. */
export const pageData = <T>(): T => JSON.parse(document.getElementById('data')!.textContent!) as T;

export const main = (): HTMLElement => document.querySelector('main')!;

/** A section with a heading. */
export const panel = (title: string, ...children: readonly Child[]): HTMLElement => h('section', {}, h('h2', {}, title), ...children);

/** A table from its rows; the first cell of a row is its head. */
export function table(columns: readonly string[], rows: readonly (readonly Child[])[]): HTMLTableElement {
  const head = h('thead', {}, h('tr', {}, ...columns.map((c) => h('th', { scope: 'col' }, c))));
  const body = h('tbody', {}, ...rows.map((cells) => h('tr', {}, ...cells.map((cell) => h('td', {}, cell)))));
  return h('table', {}, head, body);
}
