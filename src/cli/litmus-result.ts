// SPDX-License-Identifier: GPL-2.0-only
/**
 * What was found out about a litmus test, for people and as JSON. Executions are counted one for each execution graph: what each load reads, the
 * order of the stores to each word, and each choice of the machine (a remembered translation or the present one, a speculative walk).
 */

import { holds, isOk, KIND_OF, namesIn, type Observation, observation, type Witnesses } from '../litmus/condition.ts';
import { Naming } from '../litmus/naming.ts';
import { type FinalState, type Outcomes, project, valueIn, witnesses } from '../litmus/outcomes.ts';
import { type Condition, type LitmusTest, registerOf } from '../litmus/program.ts';
import { HOLDS, INCONCLUSIVE, VIOLATED } from './exit.ts';

interface Judged {
  condition: Condition;
  text: string;
  ok: boolean;
  witnesses: Witnesses;
  observation: Observation;
}

export interface LitmusResult {
  file: string;
  test: LitmusTest;
  naming: Naming;
  /** In terms of the variables that are shown. */
  states: readonly FinalState[];
  conditions: readonly Judged[];
  executions: number;
  blocked: number;
  violations: readonly string[];
  /** Why not every execution was run; null if every one was. */
  cut: string | null;
}

/** Where nothing is asked, all that happens is as required. */
const NO_CONDITION: Condition = { name: null, quantifier: 'forall', expression: ['and'] };

export function resultOf(file: string, test: LitmusTest, { states: all, stats, violations, cut }: Outcomes): LitmusResult {
  const { program, filter, dialect } = test;
  const naming = new Naming(program, dialect);
  const states = filter === null ? all : all.filter((s) => holds(filter, valueIn(program, s)));
  const conditions = test.conditions.length > 0 ? test.conditions : [NO_CONDITION];
  return {
    file,
    test,
    naming,
    states: project(program, states, test.observed),
    conditions: conditions.map((condition) => {
      const w = witnesses(program, states, condition.expression);
      const text = `${condition.quantifier} (${naming.expression(condition.expression)})`;
      return { condition, text, ok: isOk(condition, w), witnesses: w, observation: observation(w) };
    }),
    executions: states.reduce((n, s) => n + s.executions, 0),
    blocked: stats.blocked,
    violations,
    cut,
  };
}

/** `exists` asks; the other quantifiers demand. */
export function codeOf({ conditions, violations, cut }: LitmusResult): number {
  const fails = violations.length > 0 || conditions.some(({ condition, ok }) => condition.quantifier !== 'exists' && !ok);
  return fails ? VIOLATED : cut === null ? HOLDS : INCONCLUSIVE;
}

export function resultText(r: LitmusResult): string {
  const { program, observed } = r.test;
  const { name } = program;
  const lines = [`Test ${name} ${KIND_OF[r.conditions[0]!.condition.quantifier]}`, `States ${r.states.length}`];
  lines.push(...r.states.map((s) => r.naming.state(observed, s.values)));
  for (const c of r.conditions) {
    const { positive, negative } = c.witnesses;
    // As herd7: what `~exists` witnesses is that there is none.
    const [for_, against] = c.condition.quantifier === '~exists' ? [negative, positive] : [positive, negative];
    lines.push(c.ok ? 'Ok' : 'No', 'Witnesses', `Positive: ${for_} Negative: ${against}`, `Condition ${c.text}`);
    lines.push(`Observation ${c.condition.name ?? name} ${c.observation} ${positive} ${negative}`);
  }
  lines.push(...histogram(r));
  lines.push(`Executions ${name} ${r.executions}${r.blocked > 0 ? `, and ${r.blocked} in which a vCPU waits for ever` : ''}`);
  lines.push(...r.violations.map((v) => `Violation ${v}`));
  if (r.cut !== null) lines.push(`Cut ${r.cut}: what is printed is not all`);
  return `${lines.join('\n')}\n`;
}

/** Executions of each state, as litmus7 prints them: a star where the condition is true. */
function histogram({ test, naming, states, conditions }: LitmusResult): string[] {
  const { condition } = conditions[0]!;
  const decided = namesIn(condition.expression).every((name) => test.observed.includes(name));
  return [
    `Histogram (${states.length} states)`,
    ...states.map((s) => {
      const value = (name: string): number => s.values[test.observed.indexOf(name)]!;
      const star = decided && holds(condition.expression, value) ? '*' : ':';
      return `${String(s.executions).padEnd(6)}${star}>${naming.state(test.observed, s.values)}`;
    }),
  ];
}

export function resultJson({ file, test, naming, states, conditions, executions, blocked, violations, cut }: LitmusResult) {
  const key = (name: string): string => (registerOf(name) === null ? name : naming.variable(name));
  return {
    file,
    name: test.program.name,
    states: states.map((s) => ({
      values: Object.fromEntries(test.observed.map((name, i) => [key(name), s.values[i]])),
      executions: s.executions,
    })),
    conditions: conditions.map(({ condition: { name, quantifier }, text, ok, witnesses: w, observation: o }) => ({
      ...(name !== null && { name }),
      quantifier,
      text,
      ok,
      ...w,
      observation: o,
    })),
    executions,
    blocked,
    violations,
    complete: cut === null,
    ...(cut !== null && { cut }),
  };
}
