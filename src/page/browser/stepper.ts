// SPDX-License-Identifier: GPL-2.0-only
/**
 * The controls: first, back, forward, last, a slider, and whether to pass over what the race diagram leaves out.
 */
import { h } from './dom.ts';

export interface Actions {
  /** To the stop with this index. */
  go(index: number): void;
  /** So many stops forward, or back; infinite: to the end. */
  move(by: number): void;
  filter(on: boolean): void;
}

export interface Controls {
  element: HTMLElement;
  /** @param index of the stop, of 0..most */
  show(index: number, most: number, text: string): void;
}

export function controls(actions: Actions): Controls {
  const button = (label: string, sign: string, by: number): HTMLButtonElement => {
    const b = h('button', { type: 'button', 'aria-label': label, title: label }, sign);
    b.addEventListener('click', () => actions.move(by));
    return b;
  };
  const slider = h('input', { type: 'range', min: '0', 'aria-label': 'step' });
  slider.addEventListener('input', () => actions.go(slider.valueAsNumber));
  const box = h('input', { type: 'checkbox', id: 'drawn' });
  box.addEventListener('change', () => actions.filter(box.checked));
  const first = button('first', '|<', -Infinity);
  const back = button('back', '<', -1);
  const forward = button('forward', '>', 1);
  const end = button('last', '>|', Infinity);
  const at = h('output', {});
  const label = h('label', { for: 'drawn' }, box, ' only what the race diagram draws');
  return {
    element: h('nav', { 'aria-label': 'steps' }, first, back, slider, forward, end, at, label),
    show(index, most, text) {
      slider.max = String(most);
      slider.value = String(index);
      slider.setAttribute('aria-valuetext', text);
      at.textContent = text;
      first.disabled = back.disabled = index === 0;
      end.disabled = forward.disabled = index === most;
    },
  };
}
