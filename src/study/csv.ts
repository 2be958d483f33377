// SPDX-License-Identifier: GPL-2.0-only
/**
 * A table as comma-separated values (RFC 4180), units in the head.
 */
import type { Table } from './charts.ts';

const cell = (value: string | number): string => (/[",\n]/.test(String(value)) ? `"${String(value).replace(/"/g, '""')}"` : String(value));

export function csvOf(table: Table): string {
  const head = table.columns.map((name, i) => (table.unit?.[i] ? `${name} (${table.unit[i]})` : name));
  return `${[head, ...table.rows].map((row) => row.map(cell).join(',')).join('\n')}\n`;
}
