// SPDX-License-Identifier: GPL-2.0-only
/**
 * What must be true when all is over: the counts of every page and table are right (src/invariants), and every word that P has stored is found where it was
 * stored, by whoever may still look.
 */
import { NULL, type Ptr } from '../../../mmu/types.ts';
import { audit, type Roots } from '../../invariants/audit.ts';
import type { EndCheck } from '../scenario.ts';
import { type Party, unchanged } from './parties.ts';
import { ADDRESS, cachedFrame, frameOf, HOLE, PRESENT_PAGES, pageAddress, pageAt, type World } from './world.ts';

const word = (w: World, p: Ptr): number => w.k.m.mem.words[p]! >>> 0;

function rootsOf(w: World): Roots {
  const child = word(w, w.child) as Ptr;
  const pinned = word(w, w.pinned) as Ptr;
  const mms = [
    { mm: w.q, name: 'Q' },
    ...(word(w, w.gone) === 0 ? [{ mm: w.p, name: 'P' }] : []),
    ...(child !== NULL ? [{ mm: child, name: 'the child' }] : []),
  ];
  return { mms, files: w.mapping === NULL ? [] : [{ mapping: w.mapping, name: 'the file' }], held: pinned === NULL ? [] : [pinned] };
}

/** @param copies P maps the file privately */
export function checks(w: World, party: Party, copies = false): EndCheck[] {
  const leaves = (page: number): readonly (number | null)[] => (party.leaves ?? unchanged)(page, w.mapping !== NULL);
  const alive = (): boolean => word(w, w.gone) === 0;
  const child = (): Ptr => word(w, w.child) as Ptr;
  return [
    {
      kind: 'check',
      name: 'references, mappings and page tables are counted right, and nothing is lost',
      fails: () => audit(w.k, rootsOf(w)).join('; ') || null,
    },
    {
      kind: 'lost-page',
      name: 'P finds what was stored',
      fails: () => (alive() && party.unmaps !== true ? differs((page) => frameOf(w, w.p, page) || cachedFrame(w, page), w, leaves) : null),
    },
    {
      kind: 'lost-page',
      name: 'the child finds what its parent had stored',
      fails: () => (child() === NULL ? null : differs((page) => frameOf(w, child(), page) || cachedFrame(w, page), w, unchanged)),
    },
    {
      kind: 'lost-page',
      name: 'the file holds what was stored',
      fails: () =>
        w.mapping === NULL ? null : differs((page) => cachedFrame(w, page), w, copies && party.copies === true ? unchanged : leaves),
    },
    {
      kind: 'lost-page',
      name: 'what is mapped shared is the page of the file',
      fails: () => (alive() && w.mapping !== NULL && !copies ? strays(w) : null),
    },
    {
      kind: 'lost-page',
      name: 'nothing is mapped any more',
      fails: () =>
        party.unmaps === true
          ? differs(
              (page) => frameOf(w, w.p, page),
              w,
              () => [null],
            )
          : null,
    },
    {
      kind: 'lost-page',
      name: 'who holds a page holds the one that P has',
      fails: () => {
        const held = word(w, w.pinned) as Ptr;
        const frame = held === NULL ? (0 as Ptr) : ((frameOf(w, w.p, 0) || cachedFrame(w, 0)) as Ptr);
        return held === NULL || (frame !== 0 && pageAt(w, frame) === held)
          ? null
          : `P does not see what is stored to the page that was got at 0x${ADDRESS.toString(16)}`;
      },
    },
  ];
}

const text = (page: number): string => `0x${pageAddress(page).toString(16)}`;

/** @param where the first word of a page lies, or 0 */
function differs(where: (page: number) => number, w: World, allowed: (page: number) => readonly (number | null)[]): string | null {
  for (const page of [...PRESENT_PAGES, HOLE]) {
    const frame = where(page) as Ptr;
    const found = frame === 0 ? null : word(w, frame);
    if (!allowed(page).includes(found)) return `at ${text(page)} there is ${found === null ? 'nothing' : `0x${found.toString(16)}`}`;
  }
  return null;
}

function strays(w: World): string | null {
  for (const page of [...PRESENT_PAGES, HOLE]) {
    const frame = frameOf(w, w.p, page);
    if (frame !== 0 && frame !== cachedFrame(w, page)) return `at ${text(page)} P has a page that the file has not`;
  }
  return null;
}
