// SPDX-License-Identifier: GPL-2.0-only
/**
 * How the variables of a litmus test, their values and conditions are written: as herd7 writes them, and as its files may have them.
 */
import type { Expression } from './condition.ts';
import { FAULTED, isEntry } from './pages.ts';
import { type Dialect, type LitmusOp, type LitmusProgram, registerOf } from './program.ts';
import { ENTRY_BITS, entryText } from './values.ts';

export class Naming {
  private readonly dialect: Dialect;
  /** Registers in which FAULTED means that an access through a page has faulted. */
  private readonly faulting: ReadonlySet<string>;
  /** Registers that entries are loaded into. */
  private readonly entries: ReadonlySet<string>;

  constructor({ threads }: LitmusProgram, dialect: Dialect) {
    const registers = (which: (op: LitmusOp) => boolean): Set<string> =>
      new Set(threads.flatMap((ops, t) => ops.filter((op) => op.reg !== undefined && which(op)).map((op) => `${t}:${op.reg}`)));
    this.dialect = dialect;
    this.faulting = registers((op) => op.va !== undefined);
    this.entries = registers((op) => (op.op === 'load' || op.op === 'xchg') && isEntry(op.loc ?? ''));
  }

  /** "0:EAX", "0:rax", "[x]". */
  variable(name: string): string {
    const r = registerOf(name);
    return r === null ? `[${name}]` : `${r.thread}:${this.register(r.register)}`;
  }

  register(name: string): string {
    return this.dialect === 'X86' ? name.toUpperCase() : name.replace(/^e(?=..$)/, 'r');
  }

  value(name: string, v: number): string {
    if (isEntry(name) || this.entries.has(name)) return entryText(v) ?? String(v >>> 0);
    return v >>> 0 === FAULTED && this.faulting.has(name) ? 'fault' : String(v >>> 0);
  }

  /** "0:EAX=1; [x]=2;" */
  state(names: readonly string[], values: readonly number[]): string {
    return names.map((name, i) => `${this.variable(name)}=${this.value(name, values[i]!)};`).join(' ');
  }

  expression(e: Expression): string {
    switch (e[0]) {
      case 'eq':
        return `${this.variable(e[1])}=${this.value(e[1], e[2])}`;
      case 'bits':
        return `${e[1]}.${Object.keys(ENTRY_BITS).find((letter) => ENTRY_BITS[letter] === e[2])}=${e[3] === 0 ? 0 : 1}`;
      case 'not':
        return `~${this.nested(e[1])}`;
      default: {
        const parts = e.slice(1) as Expression[];
        if (parts.length === 0) return e[0] === 'and' ? 'true' : 'false';
        return parts.map((part) => this.nested(part)).join(e[0] === 'and' ? ' /\\ ' : ' \\/ ');
      }
    }
  }

  /** In parentheses unless it is a single comparison. */
  private nested(e: Expression): string {
    const text = this.expression(e);
    return e[0] === 'eq' || e[0] === 'bits' || text === 'true' || text === 'false' ? text : `(${text})`;
  }
}
