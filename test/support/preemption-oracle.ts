// SPDX-License-Identifier: GPL-2.0-only
/**
 * An oracle for the search that is bounded by preemptions: every schedule of a program without interrupts on the explicit machine, with a counter.
 * Written from the definition in docs/strategies.md. Stores, fences and tests of registers take effect with the operation before them.
 */
import { copy, execute, ready, type State, startOf, stateText } from './explicit-state.ts';
import type { Op, Program } from './programs.ts';

interface Node {
  s: State;
  /** CPU of the last operation, or drain that is not late, or -1. */
  last: number;
  cost: number;
  /** Of each CPU, how many entries of its buffer its program has left behind. */
  late: number[];
}

const isSilent = (o: Op): boolean => o.op.startsWith('store') || o.op === 'fence' || o.op === 'if';

/** Runs what is no operation. */
function settle(program: Program, s: State): void {
  s.cpus.forEach((cpu, i) => {
    for (
      let o = program.cpus[i]![cpu.stack[0]!.pc];
      o !== undefined && isSilent(o) && ready(s, cpu, o);
      o = program.cpus[i]![cpu.stack[0]!.pc]
    ) {
      cpu.stack[0]!.pc += execute(s, cpu, o, cpu.regs[0]!, 0);
    }
  });
}

/** The operation that a CPU can do now. */
function next(program: Program, s: State, i: number): Op | null {
  const cpu = s.cpus[i]!;
  const o = program.cpus[i]![cpu.stack[0]!.pc];
  return o !== undefined && !isSilent(o) && ready(s, cpu, o) ? o : null;
}

const couldGoOn = (program: Program, { s, late }: Node, i: number): boolean =>
  next(program, s, i) !== null || (s.cpus[i]!.buffer.length > 0 && late[i] === 0);

function successors(program: Program, n: Node): Node[] {
  const out: Node[] = [];
  n.s.cpus.forEach((cpu, i) => {
    const leaves = n.last >= 0 && n.last !== i && couldGoOn(program, n, n.last) ? 1 : 0;
    if (cpu.buffer.length > 0) {
      const late = n.late.map((k, c) => (c === i ? Math.max(0, k - 1) : k));
      const t: Node = { ...n, s: copy(n.s), late, ...(n.late[i] === 0 && { last: i, cost: n.cost + leaves }) };
      const [at, lo, hi] = t.s.cpus[i]!.buffer.shift()!;
      t.s.mem[at!] = lo! >>> 0;
      if (hi !== undefined) t.s.mem[at! + 1] = hi >>> 0;
      settle(program, t.s);
      out.push(t);
    }
    const o = next(program, n.s, i);
    if (o === null) return;
    const cost = n.cost + leaves + cpu.buffer.length - n.late[i]!;
    for (let k = 0; k < (o.op === 'choose' ? o.n : 1); k++) {
      const s = copy(n.s);
      const c = s.cpus[i]!;
      c.stack[0]!.pc += execute(s, c, o, c.regs[0]!, k);
      settle(program, s);
      out.push({ s, last: i, cost, late: n.late.map((l, j) => (j === i ? cpu.buffer.length : l)) });
    }
  });
  return out;
}

/** The final states of the executions with at most `bound` preemptions; null if there are more than `most` states. */
export function boundedStates(program: Program, bound: number, most: number): Set<string> | null {
  const start: Node = { s: startOf(program), last: -1, cost: 0, late: program.cpus.map(() => 0) };
  settle(program, start.s);
  const seen = new Set([JSON.stringify(start)]);
  const todo = [start];
  const final = new Set<string>();
  for (let n = todo.pop(); n !== undefined; n = todo.pop()) {
    const after = successors(program, n);
    if (after.length === 0) final.add(stateText(program, n.s));
    for (const t of after) {
      const key = JSON.stringify(t);
      if (t.cost > bound || seen.has(key)) continue;
      if (seen.size >= most) return null;
      seen.add(key);
      todo.push(t);
    }
  }
  return final;
}
