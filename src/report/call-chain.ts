// SPDX-License-Identifier: GPL-2.0-only
/**
 * Call chains as the kernel prints them: innermost function first. What lies inside a primitive (event-text.ts) is left out.
 */
import type { Part, Site, Trace } from '../../cpu/trace.ts';
import { primitiveAt } from './event-text.ts';

/** What only tells of a finding: no part of what was found. */
const TELLS = /^(?:print_\w+|complain|might_wait|lock_acquired|lock_release|lockdep_assert_held|add_dependency)$/;

/** Outermost first, down to the primitive. */
export function callsOf(site: Site): string[] {
  const p = primitiveAt(site);
  const tells = site.calls.findIndex((f) => TELLS.test(f));
  return site.calls.slice(0, p >= 0 ? p + 1 : tells >= 0 ? tells : undefined);
}

/** The function that called the primitive, or the innermost one. */
export function functionOf(site: Site): string {
  const p = primitiveAt(site);
  return (p > 0 ? site.calls[p - 1] : site.calls.at(-1)) ?? '?';
}

/** Lines of a call chain, each indented. */
export function chainLines(calls: readonly string[], indent: number): string[] {
  const lines = calls.length === 0 ? ['(not known)'] : [...calls].reverse();
  return lines.map((f) => ' '.repeat(indent) + f);
}

/** Where lockdep puts its call chains. */
const INDENT = 7;

/** What a finding says beyond its summary; '' if nothing. */
export function accountText(trace: Trace, parts: readonly Part[]): string {
  const lines = parts.flatMap((part) => {
    if (typeof part === 'string') return [part];
    if ('chain' in part) return chainLines(callsOf(trace.sites[part.chain]!), INDENT);
    return [`${part.text} ${functionOf(trace.sites[part.site]!)}()`];
  });
  return lines.join('\n').trimEnd();
}
