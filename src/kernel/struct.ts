// SPDX-License-Identifier: GPL-2.0-only
/**
 * Layouts of kernel objects in emulated memory: a struct is a table of word offsets, a field's address is `at(object, struct.field)`.
 * Sizes are counted in 32-bit words, since that is what the machine loads and stores.
 */
import type { Ptr } from '../../mmu/types.ts';

/** A plain word: a lock or ownership protects it. */
export const word = 1;
/** A word that is only ever touched by marked accesses. */
export const atomic = 1;
/** A pointer: the Ptr of another object, or NULL. */
export const ptr = 1;
/** Two words, low half first. */
export const u64 = 2;

/** A field that shares its place with an earlier one, as in a C union. */
export interface Overlay<K extends string> {
  same: K;
}
export const overlay = <K extends string>(same: K): Overlay<K> => ({ same });

/** Any struct's layout. */
export interface AnyLayout {
  readonly $name: string;
  readonly $words: number;
}

export type Layout<F> = { readonly [K in keyof F]: number } & AnyLayout;

/** @param fields sizes in words, or `overlay('field')` */
export function struct<F extends Record<string, number | Overlay<string>>>(name: string, fields: F): Layout<F> {
  const layout: Record<string, number | string> = {};
  let words = 0;
  for (const [field, size] of Object.entries(fields)) {
    if (typeof size === 'number') {
      layout[field] = words;
      words += size;
    } else layout[field] = layout[size.same]!;
  }
  return { ...layout, $name: name, $words: words } as Layout<F>;
}

/** Address of a field. */
export const at = (object: Ptr, field: number): Ptr => (object + field) as Ptr;

/** Name of the field at an offset; fields of several words get an index. */
export function fieldName(layout: AnyLayout, offset: number): string {
  let best = '';
  let from = -1;
  for (const [field, at] of Object.entries(layout) as [string, number | string][]) {
    if (typeof at === 'number' && !field.startsWith('$') && at <= offset && at > from) {
      best = field;
      from = at;
    }
  }
  return offset > from ? `${best}[${offset - from}]` : best;
}
