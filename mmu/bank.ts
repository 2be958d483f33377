// SPDX-License-Identifier: GPL-2.0-only
/**
 * The set-associative arrays in the state of the MMU. An entry is a tag, which says of which page it is and of which generation, or 0; what is said of
 * that page; and where it leads. Replacement is FIFO in every set: its turn says which of its ways is replaced next.
 *
 * Look-ups compare four ways at a time, and not in a loop: in every turn of one, V8 would ask again what the array is. So sets have room for a multiple
 * of four ways, the last of which may stay empty, and for 16 at most. The second level and the PDE cache have indexes besides, which compare one.
 *
 * Reference: Intel SDM Vol. 3A 4.10.2 (TLBs), 4.10.3 (paging-structure caches); neither says how they are organised.
 */
import type { TlbGeometry, Ways } from './geometry.ts';
import {
  BANK_ENTRIES,
  BANK_SETS,
  BANK_TURNS,
  BANK_WAYS,
  CODE_2M,
  CODE_4K,
  DATA_2M,
  DATA_4K,
  FRONT_END,
  INFO,
  LEADS_TO,
  PDES,
  SHARED,
  TAGS,
  TAGS_END,
  TURNS,
  TURNS_END,
} from './state.ts';

const MOST_WAYS = 16;

/** The state of an MMU whose banks are empty. @throws RangeError for a geometry that it has no room for */
export function createState({ data4K, data2M, code4K, code2M, shared, pdes }: TlbGeometry): Int32Array<ArrayBuffer> {
  const banks: [bank: number, ways: Ways][] = [
    [DATA_4K, data4K],
    [DATA_2M, data2M],
    [CODE_4K, code4K],
    [CODE_2M, code2M],
    [SHARED, shared],
    [PDES, pdes],
  ];
  const s = new Int32Array(FRONT_END);
  let entry = TAGS;
  let turn = TURNS;
  for (const [bank, { sets, ways }] of banks) {
    if (ways > MOST_WAYS) throw new RangeError(`${ways} ways: at most ${MOST_WAYS}`);
    s[bank + BANK_ENTRIES] = entry;
    s[bank + BANK_WAYS] = ways;
    s[bank + BANK_SETS] = sets - 1;
    s[bank + BANK_TURNS] = turn;
    entry += sets * room(ways);
    turn += sets;
  }
  if (entry > TAGS_END || turn > TURNS_END) throw new RangeError(`${entry - TAGS} entries in ${turn - TURNS} sets: too many`);
  return s;
}

/** Places that a set takes. */
const room = (ways: number): number => (ways + 3) & ~3;

/** The entry with this tag in the set of the page, or -1. */
export function find(s: Int32Array, bank: number, page: number, tag: number): number {
  const ways = s[bank + BANK_WAYS]!;
  let i = (s[bank + BANK_ENTRIES]! + Math.imul(page & s[bank + BANK_SETS]!, (ways + 3) & ~3)) | 0;
  if (s[i] === tag || s[++i] === tag || s[++i] === tag || s[++i] === tag) return i;
  return ways <= 4 ? -1 : findMore(s, i + 1, ways, tag);
}

/** @param i the fifth way of a set */
function findMore(s: Int32Array, i: number, ways: number, tag: number): number {
  if (s[i] === tag || s[++i] === tag || s[++i] === tag || s[++i] === tag) return i;
  if (ways <= 8) return -1;
  if (s[++i] === tag || s[++i] === tag || s[++i] === tag || s[++i] === tag) return i;
  if (ways <= 12) return -1;
  return s[++i] === tag || s[++i] === tag || s[++i] === tag || s[++i] === tag ? i : -1;
}

/** The entry in the set of the page that is replaced now. */
export function replaced(s: Int32Array, bank: number, page: number): number {
  const ways = s[bank + BANK_WAYS]!;
  const set = page & s[bank + BANK_SETS]!;
  const at = (s[bank + BANK_TURNS]! + set) | 0;
  const way = s[at]!;
  s[at] = way + 1 === ways ? 0 : way + 1;
  return (s[bank + BANK_ENTRIES]! + Math.imul(set, (ways + 3) & ~3) + way) | 0;
}

export function write(s: Int32Array, i: number, tag: number, info: number, leadsTo: number): void {
  s[i] = tag;
  s[i + INFO] = info;
  s[i + LEADS_TO] = leadsTo;
}
