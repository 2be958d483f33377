// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the page of results shows: verdicts with links to their counterexamples, charts and tables.
 */
import type { Study } from '../report/chart.ts';

export interface VerdictRow {
  scenario: string;
  config: Record<string, string>;
  /** Guards taken away. */
  without: string[];
  verdict: 'holds' | 'violated' | 'inconclusive';
  expected?: string;
  executions?: number;
  seconds?: number;
  note?: string;
  /** It was not run: it is a copy of another one. */
  copy?: boolean;
  finding?: { kind: string; summary: string; diagram: string; token: string };
  /** Page of the counterexample, beside this one. */
  page?: string;
}

/** What one file held. */
export interface ReportPart {
  file: string;
  verdicts?: VerdictRow[];
  study?: Study;
}

export interface ReportData {
  parts: ReportPart[];
}
