// SPDX-License-Identifier: GPL-2.0-only
/**
 * The erasing transform: erased code is plain code with the same value, source maps lead back, and whatever lies outside
 * the erasable subset is refused with its place.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { buildErased } from '../../src/build/bundle.mjs';
import { erase, projectPath } from '../../src/build/erase.mjs';

const PLACE = 'src/kernel/mm/a.ts';
const folder = mkdtempSync(join(tmpdir(), 'paelab-erase-'));
afterAll(() => rmSync(folder, { recursive: true }));

function evaluate(typescript: string): unknown {
  const { code } = transformSync(typescript, { loader: 'ts' });
  return new Function(`${code}; return main();`)();
}

function erasedKernel(code: string): string {
  return erase(code, PLACE).code;
}

describe('erased code', () => {
  test('loses exactly the generator syntax', () => {
    expect(
      erasedKernel('export function* f(c: Vcpu): Code<number> {\n  return (yield* load(c, 1)) & (yield* g(yield* load(c, 2)));\n}\n'),
    ).toBe('export function f(c: Vcpu): Code<number> {\n  return (load(c, 1)) & (g(load(c, 2)));\n}\n');
  });

  test('runs and gives the value that the generator gives', () => {
    const source = `
      const table = { *twice(x: number) { return x * 2; } };
      const registry = [add];
      function* add(a: number, b: number): Generator<void, number, void> { return a + b; }
      function* sum(n: number): Generator<void, number, void> {
        let s = 0;
        for (let i = 0; i < n; i++) s = yield* registry[0]!(s, yield* table.twice(i));
        return s;
      }`;
    const generated = evaluate(`${source} function main() { return sum(5).next().value; }`);
    expect(evaluate(`${erasedKernel(source)} function main() { return sum(5); }`)).toBe(generated);
    expect(generated).toBe(20);
  });

  test('performs a bare yield of cpu/ops.ts on the spot', () => {
    const source = `
      function* load(c) { yield; return c.value; }
      function* main() { return yield* load({ value: 0, m: { runNow(c) { c.value = 42; } } }); }`;
    expect(evaluate(erase(source, 'cpu/ops.ts').code)).toBe(42);
  });

  test('keeps types, comments and a value that follows on the next line', () => {
    expect(erasedKernel('function* f(c: V) {\n  return yield* /* marked */ load(c);\n}')).toBe('function f(c: V) {\n  return load(c);\n}');
  });

  test('has a source map that leads back to the line and column', () => {
    const { map } = erase('function* f(c) {\n  yield* first(c); yield* second(c);\n}\n', PLACE);
    expect(map.sources).toEqual(['a.ts']);
    const entry = new SourceMap(JSON.parse(map.toString())).findEntry(1, '  first(c); '.length);
    expect(entry).toMatchObject({ originalLine: 1, originalColumn: '  yield* first(c); yield* '.length });
  });
});

describe('refused, with file, line and column:', () => {
  test.each<[string, string, string, string?]>([
    ['async function', 'async function f() {}', 'event loop'],
    ['await', 'await g();', 'event loop'],
    ['for await', 'export {}; for await (const x of y) g(x);', 'event loop'],
    ['try and catch', 'function f() { try { g(); } catch {} }', 'no try'],
    ['try and finally', 'function* f() { try { yield* g(); } finally { h(); } }', 'no try'],
    ['yield* of a variable', 'function* f(it) { yield* it; }', 'direct call'],
    ['yield* of a choice', 'function* f(a) { yield* a ? g() : h(); }', 'direct call'],
    ['yield* of an optional call', 'function* f(a) { yield* a?.(); }', 'direct call'],
    ['yield* of a function written in place', 'function* f() { yield* (function* () {})(); }', 'direct call'],
    ['a bare yield outside cpu/ops.ts', 'function* f(c) { yield; }', 'cpu/ops.ts only'],
    ['a yielded value', 'function now(c) {} function* f(c) { yield 1; }', 'nothing is yielded', 'cpu/ops.ts'],
    ['a bare yield without c', 'function* f(v) { yield; }', 'runNow', 'cpu/ops.ts'],
    ['a generator expression that captures', 'function f(a) { return function* () { return a; }; }', 'captures a', 'cpu/a.ts'],
    ['a generator method that captures', 'function f(a) { return { *g() { return a; } }; }', 'captures a', 'mmu/a.ts'],
    ['a nested generator that captures', 'function f() { let n = 0; function* g() { n++; } }', 'captures n', 'cpu/a.ts'],
    ['a generator call without yield*', 'function* g() {} function f() { g(); }', 'without yield*'],
    ['a generator call in for..of', 'function* g() {} function f() { for (const x of g()) h(x); }', 'without yield*'],
    ['a call of a constant generator', 'const g = function* () {}; g();', 'without yield*'],
    ['an arrow function that captures in the kernel', 'function f(a) { return () => a; }', 'captures a'],
    ['a function expression that captures in the kernel', 'function f() { const a = 1; g(function () { return a; }); }', 'captures a'],
    ['Date', 'const t = Date.now();', 'real time'],
    ['performance', 'const t = performance.now();', 'real time'],
    ['setTimeout', 'setTimeout(f, 1);', 'real time'],
    ['Math.random', 'const r = Math.random();', 'cannot be replayed'],
    ["Math['random']", "const r = Math['random']();", 'cannot be replayed'],
    ['BigInt literals', 'const b = 1n;', 'no BigInt'],
    ['inheritance', 'class A extends B {}', 'no inheritance'],
    ['.next()', 'function f(g) { return g.next(); }', 'only cpu/'],
  ])('%s', (_name, code, message, path = PLACE) => {
    expect(() => erase(`\n${code}`, path)).toThrow(message);
    expect(() => erase(`\n${code}`, path)).toThrow(new RegExp(`^${path}:2:\\d+: [^\\n]*\\.?$`));
  });
});

describe('allowed:', () => {
  test.each<[string, string, string?]>([
    ['a generator function as a value', 'function* csd_func() {} register(csd_func);'],
    ['a shadowed name', 'function* g() {} function f(g) { g(); }'],
    ['a local that is called like a clock', 'function f(performance) { return performance.mode; } const o = { Date: 1 };'],
    ['a generator expression over module-level names', 'const base = 1; const h = { *g(x) { return base + x; } };'],
    ['an arrow function over its own names in the kernel', 'const double = (xs) => xs.map((x) => x * 2);'],
    ['a capturing arrow function in the machine', 'function f(a) { return () => a; }', 'cpu/a.ts'],
    ['.next() in the machine, .next as a field elsewhere', 'function f(g) { g.next(); }', 'cpu/a.ts'],
    ['a field called next', 'function f(p) { return p.next; }'],
    ['errors of our own', 'export class Defect extends Error {}', 'cpu/a.ts'],
    ['types', 'type Clock = typeof Date; interface A extends B {} let x: bigint;'],
  ])('%s', (_name, code, path = PLACE) => {
    expect(() => erase(code, path)).not.toThrow();
  });
});

describe('buildErased', () => {
  const entry = join(folder, 'entry.ts');
  const outfile = join(folder, 'erased.mjs');
  const workload =
    '// 1\n// 2\nfunction* work(x: number): Generator<void, number, void> { if (x < 0) throw new Error("below"); return x + 1; }\n';

  test('erases a workload that is named, and leaves other files as they are', async () => {
    writeFileSync(entry, `${workload}export const run: unknown = work;\n`);
    await buildErased(entry, outfile, { also: [projectPath(entry)] });
    const erased = await import(`${pathToFileURL(outfile).href}?erased`);
    expect(erased.run(1)).toBe(2);
    expect(JSON.parse(readFileSync(`${outfile}.map`, 'utf8')).sourcesContent[0]).toContain('function* work');

    await buildErased(entry, outfile);
    const plain = await import(`${pathToFileURL(outfile).href}?plain`);
    expect([...plain.run(1)]).toEqual([]);
  });

  test('reports a refused file as a build error with its place', async () => {
    writeFileSync(entry, 'export const a = 1;\nexport const b = 1n;\n');
    await expect(buildErased(entry, outfile, { also: [projectPath(entry)] })).rejects.toThrow(/entry\.ts:2:17: ERROR: .*no BigInt/);
  });
});
