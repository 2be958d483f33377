// SPDX-License-Identifier: GPL-2.0-only
/**
 * Reading .litmus files: what they may contain, and where an error is said to be.
 * Time budget: 3 s.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLitmus } from '../../src/litmus/parse.ts';
import { litmusText } from '../../src/litmus/print.ts';
import { UsageError } from '../../src/usage-error.ts';
import { litmusTests } from '../support/litmus-text.ts';

const parse = (text: string) => parseLitmus(text, 'a.litmus');
const op = (instruction: string, init = '', dialect = 'X86') =>
  parse(`${dialect} A\n{ ${init} }\n P0 ;\n ${instruction} ;\n`).program.threads[0];
const expression = (condition: string) => parse(`X86 A\n{ pte_x=f0:P; }\n P0 ;\nexists ${condition}\n`).conditions[0]!.expression;

describe('a file', () => {
  test('has a header with a text, comments and key=value lines, which may all be absent', () => {
    const { program } = parse('(* before *)\nX86 SB+po\n"with { in it"\n(* (* nested *) { *)\nCycle=Fre PodWR\n{}\nP0;\n');
    expect(program).toMatchObject({ name: 'SB+po', init: {}, threads: [[]], vars: [] });
    expect(program.handlers).toBeUndefined();
  });

  test('sets locations and registers, with types and brackets or without', () => {
    const { program } = parse('X86 A\n{ x=1; uint64_t y; int [z] = 0x10; [u]=-1; 0:EAX=2; P0:%ebx=3; uint32_t 0:r8d = 4; }\nP0;\n');
    expect(program.init).toEqual({ x: 1, y: 0, z: 16, u: 0xffffffff });
    expect(program.rinit).toEqual({ '0:eax': 2, '0:ebx': 3, '0:r8': 4 });
  });

  test('without a condition requires nothing', () => {
    expect(parse('X86 A\n{}\nP0;\n').conditions).toEqual([{ name: null, quantifier: 'forall', expression: ['and'] }]);
  });

  test('shows the locations and the variables of its condition, not those of its filter', () => {
    const { program, observed, filter } = parse(
      'X86 A\n{}\nP0|P1;\nlocations [y; 1:EAX int*;]\nfilter (z=1)\n~exists (x=1 /\\ 0:EBX=1);\n',
    );
    expect(observed).toEqual(['0:ebx', '1:eax', 'x', 'y']);
    expect(program.vars).toEqual([...observed, 'z']);
    expect(filter).toEqual(['eq', 'z', 1]);
  });
});

describe('instructions', () => {
  test.each([
    ['MOV [x],$1', { op: 'store', loc: 'x', imm: 1 }],
    ['mov [x],-1', { op: 'store', loc: 'x', imm: 0xffffffff }],
    ['MOV (x),EAX', { op: 'store', loc: 'x', reg: 'eax' }],
    ['MOVL EAX,[x]', { op: 'load', reg: 'eax', loc: 'x' }],
    ['MOV EAX,$0x10', { op: 'movi', reg: 'eax', imm: 16 }],
    ['MOV EAX,EBX', { op: 'mov', dst: 'eax', src: 'ebx' }],
    ['XCHG EAX,[x]', { op: 'xchg', loc: 'x', reg: 'eax' }],
    ['LOCK XCHG [x],EAX', { op: 'xchg', loc: 'x', reg: 'eax' }],
    ['ADD [x],$2', { op: 'add', loc: 'x', lock: false, imm: 2 }],
    ['LOCK XOR [x],EAX', { op: 'xor', loc: 'x', lock: true, reg: 'eax' }],
    ['ADD EAX,EBX', { op: 'add', dst: 'eax', reg: 'ebx' }],
    ['INC [x]', { op: 'inc', loc: 'x', lock: false }],
    ['LOCK DEC [x]', { op: 'dec', loc: 'x', lock: true }],
    ['LOCK XADD [x],EAX', { op: 'xadd', loc: 'x', reg: 'eax', lock: true }],
    ['LOCK CMPXCHG [x],ECX', { op: 'cmpxchg', loc: 'x', reg: 'ecx', lock: true }],
    ['LOCK CMPXCHG8B [p]', { op: 'cmpxchg8b', loc: 'p' }],
    ['MOVQ [p],$2:1', { op: 'store64', loc: 'p', hi: 2, lo: 1 }],
    ['MOVQ EDX:EAX,[p]', { op: 'load64', loc: 'p', hi: 'edx', lo: 'eax' }],
    ['XCHGQ [p],EDX:EAX', { op: 'xchg64', loc: 'p', hi: 'edx', lo: 'eax' }],
    ['MFENCE', { op: 'mfence' }],
    ['UNTIL [x],$1', { op: 'until', loc: 'x', imm: 1 }],
    ['IPI $0', { op: 'ipi', to: 0 }],
    ['X2IPI $0', { op: 'ipi_weak', to: 0 }],
    ['MOV CR3', { op: 'load_cr3' }],
  ])('%s', (text, expected) => expect(op(text)).toEqual([expected]));

  test('that are nothing here: LFENCE, SFENCE, NOP', () => {
    expect(['LFENCE', 'sfence', 'NOP'].flatMap((text) => op(text)!)).toEqual([]);
  });

  test('of X86_64 have the order of AT&T', () => {
    expect(op('movl $1,(x)', '', 'X86_64')).toEqual([{ op: 'store', loc: 'x', imm: 1 }]);
    expect(op('movq (x),%rax', '', 'X86_64')).toEqual([{ op: 'load', reg: 'eax', loc: 'x' }]);
    expect(op('mov %rax,%rbx', '', 'X86_64')).toEqual([{ op: 'mov', dst: 'ebx', src: 'eax' }]);
    expect(op('lock cmpxchgl (x),%ecx', '', 'X86_64')).toEqual(op('lock cmpxchgl %ecx,(x)', '', 'X86_64'));
  });

  test('through a page are those on a location that has an entry', () => {
    const init = 'pte_x=f1:PWAD;';
    expect(op('MOV EAX,[x]', init)).toEqual([{ op: 'load', reg: 'eax', va: 'x' }]);
    expect(op('MOV [x],$1 FAULT EBX', init)).toEqual([{ op: 'store', va: 'x', imm: 1, reg: 'ebx' }]);
    expect(op('MOV [x],ECX', init)).toEqual([{ op: 'store', va: 'x', src: 'ecx' }]);
    expect(op('INVLPG [x]', init)).toEqual([{ op: 'invlpg', va: 'x' }]);
    expect(op('MOV [pte_x],$f9:PU', init)).toEqual([{ op: 'store', loc: 'pte_x', imm: 0xa005 }]);
  });

  test('may use a register that holds an address, until something is written to it', () => {
    expect(op('MOV [ESI],$1', '0:ESI=x;')).toEqual([{ op: 'store', loc: 'x', imm: 1 }]);
    expect(() => op('MOV ESI,[ESI] ;\n MOV [ESI],$1', '0:ESI=&x;')).toThrow('a.litmus:5:7: ESI: a register holds an address only');
  });

  test('of a handler stand in a column of their own; interrupts without one have an empty handler', () => {
    const { program } = parse('X86 A\n{}\n P0 | P1 | H1 ;\n IPI $1 | | MOV [x],$1 ;\n');
    expect(program.handlers).toEqual([[], [{ op: 'store', loc: 'x', imm: 1 }]]);
    expect(parse('X86 A\n{}\nP0;\nCLI;\n').program.handlers).toEqual([[]]);
  });
});

describe('conditions', () => {
  const [y, z] = ['y', 'z'].map((name) => ['eq', name, 1]);

  test.each([
    ['(u=1)', ['eq', 'u', 1]],
    ['[u]=1', ['eq', 'u', 1]],
    ['(u!=1)', ['not', ['eq', 'u', 1]]],
    ['(0:%rax==1)', ['eq', '0:eax', 1]],
    ['true', ['and']],
    ['(y=1 /\\ z=1)', ['and', y, z]],
    ['(y=1 \\/ z=1 /\\ y=1)', ['or', y, ['and', z, y]]],
    ['((y=1 \\/ z=1) /\\ y=1)', ['and', ['or', y, z], y]],
    ['(~y=1 /\\ not (z=1))', ['and', ['not', y], ['not', z]]],
    ['(y=1 => z=1)', ['or', ['not', y], z]],
    ['(pte_x.D=1 /\\ pte_x.A=0)', ['and', ['bits', 'pte_x', 0x40, 0x40], ['bits', 'pte_x', 0x20, 0]]],
    ['(pte_x=f0:PWAD)', ['eq', 'pte_x', 0x1063]],
    ['(0:EAX=fault)', ['eq', '0:eax', 0xf0]],
  ])('%s', (text, expected) => {
    expect(expression(text)).toEqual(expected);
  });
});

/** With A = "X86 A\n" before it. */
const ERRORS: [text: string, error: string][] = [
  ['', "1:6: '{' is expected, not the end of the file"],
  ['{ x=1 }\nP0;\nMOV [x] $1;\n', '4:1: MOV has two operands'],
  ['{ x=1; x=2; }\nP0;\n', "2:8: 'x' has a value already"],
  ['{ int t[4]; }\nP0;\n', "2:8: ';' (there are no arrays) is expected, not '['"],
  ['{ pte_x=f0:PWQ; }\nP0;\n', "2:12: 'Q' is no bit of an entry: P, W, U, A, D, G are"],
  ['{ pte_x=f12:P; }\nP0;\n', '2:9: there are frames f0 to f9'],
  ['{ pte_xy=0; }\nP0;\n', "2:3: 'pte_xy': a page is named by one letter, as in pte_x"],
  ['{ pte_x=0; x=1; }\nP0;\n', "2:12: 'x' is a page: its memory is that of a frame"],
  ['{}\nP1;\n', '3:1: P0 is expected, not P1'],
  ['{}\nP0|H1;\n', '3:4: a handler stands behind its vCPU, once: H1'],
  ['{}\nP0|P1;\nMFENCE;\n', "4:7: '|' is expected, not ';'"],
  ['{}\nP0;\nMFENCE|MFENCE;\n', "4:7: ';' is expected, not '|'"],
  ['{}\nP0;\n  JMP L;\n', "4:3: 'JMP' is no instruction known here"],
  ['{}\nP0;\nMOV [x],[y];\n', '4:9: MOV has a register or a value here'],
  ['{}\nP0;\nMOV [x],$99999999999;\n', '4:10: 99999999999 does not fit in 32 bits'],
  ['{}\nP0;\nMOV AL,[x];\n', "4:5: 'AL' is no register of 32 or 64 bits"],
  ['{}\nP0;\nMOVB [x],$1;\n', '4:1: MOVB: accesses of 8 and 16 bits are not supported'],
  ['{}\nP0;\nLOCK MOV [x],$1;\n', '4:6: MOV cannot be locked'],
  ['{}\nP0;\nCMPXCHG [x],EAX;\n', '4:1: CMPXCHG is supported with LOCK only'],
  ['{}\nP0;\nINVLPG [x];\n', '4:8: INVLPG has a page here, one that has an entry such as pte_x'],
  ['{}\nP0;\nIPI $1;\n', '4:6: there is no P1'],
  ['{}\nP0;\n#;\n', "4:1: '#' has no meaning here"],
  ['{}\nP0;\n(* no end\n', '4:1: this comment has no end'],
  ['{ pte_x=0; }\nP0|H0;\n |MOV EAX,[x];\n', "4:11: 'x' is a page: a handler accesses none"],
  ['{ pte_x=0; }\nP0;\nLOCK INC [x];\n', "4:10: 'x' is a page: only MOV and INVLPG use one"],
  ['{}\nP0;\nexists (x=1 /\\ 1:EAX=1)\n', '4:16: there is no P1'],
  ['{}\nP0;\nexists (x=1\n', "5:1: ')' is expected, not the end of the file"],
  ['{}\nP0;\nexists (x=y)\n', '4:11: a comparison is with a value, not with another location'],
  ['{}\nP0;\nexists (x=1) x\n', "4:14: the end of the file is expected, not 'x'"],
  ['{}\nP0;\nexists (pte_x.Q=1)\n', "4:9: 'Q' is no bit of an entry: P, W, U, A, D, G are"],
];

describe('an error is said to be where it is:', () => {
  test.each(ERRORS)('%j', (text, error) => {
    expect(() => parse(`X86 A${text === '' ? '' : '\n'}${text}`)).toThrow(new UsageError(`a.litmus:${error}`));
  });

  test('in the header', () => {
    expect(() => parse('\nAArch64 A\n')).toThrow(
      new UsageError("a.litmus:2:1: 'AArch64' is no architecture known here: X86 and X86_64 are"),
    );
    expect(() => parse('X86\n{}')).toThrow(new UsageError('a.litmus:1:4: a test has a name, as in "X86 SB"'));
    expect(() => parse('X86 A\n"no end')).toThrow(new UsageError('a.litmus:2:1: this text has no closing quote'));
    expect(() => parse('')).toThrow(new UsageError('a.litmus:1:1: a line such as "X86 SB" is expected, not the end of the file'));
  });
});

const PIECES = [
  '[',
  ']',
  '(',
  ')',
  '$',
  '%',
  ':',
  '.',
  '-',
  '|',
  ';',
  '{',
  '}',
  '"',
  '(*',
  'P1',
  'H0',
  'LOCK ',
  '0',
  'x',
  'pte_x',
  '~',
  '=',
  'EAX',
  ' ',
];

test('a damaged file is read, or refused in one line with a place in it', () => {
  const damages = fc.array(fc.record({ at: fc.nat(), cut: fc.nat(5), put: fc.constantFrom('', ...PIECES) }), {
    minLength: 1,
    maxLength: 3,
  });
  let refused = 0;
  fc.assert(
    fc.property(litmusTests, damages, (made, edits) => {
      let text = litmusText(made);
      for (const { at, cut, put } of edits) {
        const from = at % (text.length + 1);
        text = text.slice(0, from) + put + text.slice(from + cut);
      }
      try {
        parse(text);
      } catch (e) {
        refused++;
        const [, line, column] = /^a\.litmus:(\d+):(\d+): [^\n]+$/.exec((e as Error).message)!;
        expect(e).toBeInstanceOf(UsageError);
        expect(Number(column)).toBeLessThanOrEqual(text.split('\n')[Number(line) - 1]!.length + 1);
      }
    }),
    { seed: 1, numRuns: 1000 },
  );
  expect(refused).toBeGreaterThan(500);
});
