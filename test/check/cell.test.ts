// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a cell may be: every wrong key, value, guard or combination is refused in one line that names it.
 * Time budget: 1 s.
 */
import { describe, expect, test } from 'vitest';
import { makeCell } from '../../src/check/cell.ts';
import { scenarios } from '../../src/scenarios/index.ts';
import type { Config, Scenario } from '../../src/scenarios/scenario.ts';
import { UsageError } from '../../src/usage-error.ts';

const named = (name: string): Scenario => scenarios.find((s) => s.name === name)!;

function refusal(name: string, config: Config, without: readonly string[] = []): string {
  try {
    makeCell(named(name), config, without);
  } catch (e) {
    expect(e).toBeInstanceOf(UsageError);
    expect((e as Error).message).not.toContain('\n');
    return (e as Error).message;
  }
  throw new Error('it was accepted');
}

test('what is not given has its default', () => {
  const { axes } = named('retract');
  const { config, without } = makeCell(named('retract'), { reader: 'lazy' }, []);
  expect(config).toMatchObject({ sync: 'under-lock', reader: 'lazy', irqs: 'off', refault: 'same', release: '6.6' });
  expect(config).toEqual({ ...Object.fromEntries(Object.entries(axes).map(([key, axis]) => [key, axis.default])), reader: 'lazy' });
  expect(without).toEqual([]);
});

test('guards are sorted, each once', () => {
  expect(makeCell(named('retract'), {}, ['retract-ptl', 'csd-wait', 'retract-ptl']).without).toEqual(['csd-wait', 'retract-ptl']);
});

describe('a cell is refused', () => {
  test('for a key that the scenario lacks: it names those that it has', () => {
    expect(refusal('retract', { foo: '1' })).toMatch(/^scenario retract has no key 'foo'; it has sync, reader, irqs, /);
  });

  test('for a key of another scenario', () => {
    expect(refusal('retract-mglru', { reader: 'lazy' })).toMatch(/^scenario retract-mglru has no key 'reader'/);
    expect(refusal('retract-gup', { irqs: 'on' })).toMatch(/^scenario retract-gup has no key 'irqs'/);
  });

  test.each(['toString', 'constructor', '__proto__'])('for a key that every object has: %s', (key) => {
    expect(refusal('retract', JSON.parse(`{"${key}": "y"}`) as Config)).toMatch(`scenario retract has no key '${key}'; `);
  });

  test.each(scenarios.flatMap((s) => Object.entries(s.axes).map(([key, axis]) => [s.name, key, axis.values] as const)))(
    '%s: for a value that %s does not have: it names those that it has',
    (name, key, values) => {
      expect(refusal(name, { [key]: 'never' })).toBe(`${key}=never: not one of ${values.join(', ')}`);
      expect(refusal(name, { [key]: '' })).toBe(`${key}=: not one of ${values.join(', ')}`);
    },
  );

  test('for a guard that there is not: it names those that there are', () => {
    const message = refusal('retract', {}, ['csd-wait', 'nope']);
    expect(message).toMatch(/^no guard 'nope'; known: anon-vma-recheck, .*collapse-flush, .*csd-wait, .*rcu-read-lock/);
  });

  test.each<[Config, string[], string]>([
    [{ irqs: 'on' }, ['lockless-irqs-off'], 'irqs=on already leaves out lockless-irqs-off'],
    [{ sync: 'absent' }, ['csd-wait', 'lockless-sync'], 'sync=absent already leaves out lockless-sync'],
    [{ release: '6.5' }, ['lockless-sync'], 'release=6.5 has no pmdp_get_lockless_sync()'],
    [{ release: '6.5', sync: 'absent' }, [], 'release=6.5 has no pmdp_get_lockless_sync()'],
    [{ release: '6.5', sync: 'after-unlock' }, [], 'release=6.5 has no pmdp_get_lockless_sync()'],
  ])('for a combination that says a thing twice, or nothing: %j without %j', (config, without, message) => {
    expect(refusal('retract', config, without)).toBe(message);
  });
});

test('what conflicts in one scenario is fine where the key does not exist', () => {
  expect(makeCell(named('retract-mglru'), {}, ['lockless-irqs-off']).without).toEqual(['lockless-irqs-off']);
});
