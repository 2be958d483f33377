// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab walk`: whole outputs, kept in test/cli/walk, which `npx vitest run test/cli/walk.test.ts -u` writes anew; the page
 * docs/walk.md; and inputs that cannot be.
 * Time budget: 3 s.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../src/build/erase.mjs';
import { command } from './support.ts';

const HERE = join(ROOT, 'test/cli/walk');
const PAGE = join(ROOT, 'docs/walk.md');

const paelab = command();
const state = readFileSync(join(HERE, 'state.json'), 'utf8');

beforeAll(() => {
  paelab.write('state.json', state);
});

async function walk(args: string, run = paelab.here): Promise<string> {
  const { code, stdout, stderr } = await run('walk', ...args.split(' '));
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}

describe('explains', () => {
  test.each([
    ['4k', '0x00000abc state.json --access write --user'],
    ['2m', '00345678 state.json --cr4 PAE'],
    ['pdpte-not-present', '0x40000000 state.json'],
    ['pde-not-present', '0x80000000 state.json --access write'],
    ['pde-not-present-2m', '0x00812345 state.json'],
    ['pte-not-present', '0x00004000 state.json --user'],
    ['pte-reserved', '0x00003000 state.json'],
    ['pte-reserved-xd', '0x00002000 state.json --efer 0'],
    ['pde-reserved', '0x00400000 state.json'],
    ['wp', '0x00001000 state.json --access write'],
    ['no-wp', '0x00001000 state.json --access write --cr0 80000001'],
    ['smep', '0x00000000 state.json --access fetch --cr4 PAE,SMEP'],
    ['smap', '0x00000000 state.json --cr4 pae,smap'],
    ['smap-implicit', '0x00000000 state.json --cr4 PAE,SMAP --ac --implicit'],
    ['nx', '0x00002000 state.json --access fetch --user'],
    ['user-fetch-unreported', '0x00600000 state.json --access fetch --user --efer 0'],
    ['bad-pdptes', '0x00000000 state.json --cr3 0x1020'],
    ['no-memory', '0x00005000 state.json --maxphyaddr 52'],
    ['no-paging', '0xfffff123 --cr0 PE --cr3 0'],
  ])('%s', async (name, args) => {
    const text = await walk(args);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    await expect(`$ paelab walk ${args}\n${text}`).toMatchFileSnapshot(join(HERE, `${name}.txt`));
  });

  test('EFLAGS.AC by the file unless an option says otherwise', async () => {
    paelab.write('ac.json', state.replace('{', '{ "ac": true,'));
    for (const [args, ac] of [
      ['state.json', 0],
      ['ac.json', 1],
      ['ac.json --no-ac', 0],
      ['state.json --ac', 1],
    ])
      expect(await walk(`0 ${args}`)).toContain(`EFLAGS.AC=${ac},`);
  });

  test('and says it to programs', async () => {
    const json = await walk('0x00000abc state.json --access write --user --json');
    await expect(json).toMatchFileSnapshot(join(HERE, '4k-json.txt'));
  });

  test('what its page shows', async () => {
    const page = readFileSync(PAGE, 'utf8');
    const [, file] = /```json\n([\s\S]*?)```/.exec(page)!;
    paelab.write('page/state.json', file!);
    const [shown, args] = /```console\n\$ paelab walk (.*)\n[\s\S]*?```/.exec(page)!;
    const text = await walk(args!.replace('state.json', 'page/state.json'), paelab.run);
    await expect(page.replace(shown, `\`\`\`console\n$ paelab walk ${args}\n${text}\`\`\``)).toMatchFileSnapshot(PAGE);
  });
});

describe('an image', () => {
  /** The entries of the state file as they lie in memory from 0x1000 on. */
  beforeAll(() => {
    const bytes = Buffer.alloc(0x4000);
    const { memory } = JSON.parse(state) as { memory: Record<string, string> };
    for (const [address, value] of Object.entries(memory))
      bytes.writeBigUInt64LE(BigInt(`0x${(value as string).replace(/^0x|'/g, '')}`), Number(address) - 0x1000);
    writeFileSync(join(paelab.dir, 'image.bin'), bytes);
  });

  const image = '--image image.bin --base 1000 --cr3 1000 --cr4 PAE,PGE --efer NXE';

  test('is read as the state file is', async () => {
    expect(await walk(`0x00000abc ${image} --access write --user`)).toBe(await walk('0x00000abc state.json --access write --user'));
  });

  test('gives way to the state file', async () => {
    paelab.write('one.json', '{ "memory": { "0x3000": "0x12345001" } }');
    expect(await walk(`0x00000abc one.json ${image}`)).toContain('supervisor read at 0x00000abc: physical address 0x12345abc\n');
  });

  test('has nothing outside', async () => {
    expect(await walk(`0x00600000 ${image}`)).toContain("PTE 0 at 0x4000 = 0x4000 + 8 * 0: 0x0'00005067\n");
    expect(await walk(`0x80000000 ${image}`)).toContain('PDE 0 at 0x5000 = 0x5000 + 8 * 0: 0 (not given)\n');
    expect(await walk(`0x00000000 ${image} --base 2000`)).toContain('PDPTE 0 at 0x1000 = 0x1000 + 8 * 0: 0 (not given)\n');
  });
});

describe('refuses', () => {
  const files: Record<string, string> = {
    'broken.json': '{ "cr3": "0x1000", }',
    'array.json': '[]',
    'cr5.json': '{ "cr5": "0" }',
    'number.json': '{ "cr3": 4096 }',
    'cr0.json': '{ "cr3": "0", "cr0": "PG" }',
    'hex.json': '{ "cr3": "0x1000g" }',
    'm.json': '{ "cr3": "0", "maxphyaddr": 36.5 }',
    'list.json': '{ "cr3": "0", "memory": ["0x1"] }',
    'key.json': '{ "cr3": "0", "memory": { "0x1004": "0x1" } }',
    'high.json': '{ "cr3": "0", "memory": { "0x10000000000000": "0x1" } }',
    'value.json': '{ "cr3": "0", "memory": { "0x1000": 1 } }',
    'long.json': '{ "cr3": "0", "memory": { "0x1000": "0x11112222333344445" } }',
    'half.json': '{ "cr3": "0", "memory": { "0x1000": "0x1\'2345067" } }',
    'twice.json': '{ "cr3": "0", "memory": { "0x1000": "1", "0x01000": "2" } }',
  };

  test.each([
    ['', "missing required argument 'address'"],
    ['0x123456789', "address: '0x123456789' has more than 32 bits"],
    ['xyz', "address: 'xyz' is no hexadecimal number of up to 64 bits"],
    ['0', 'CR3 is not given: name it with --cr3, or as cr3 in the state file'],
    ['0 none.json', 'none.json: no such file'],
    ['0 broken.json', /^broken\.json: .*JSON/],
    ['0 array.json', 'array.json: it is no JSON object'],
    ['0 cr5.json', "cr5.json: no field 'cr5'; known: cr0, cr3, cr4, efer, ac, maxphyaddr, memory"],
    ['0 number.json', 'number.json: cr3: it must be a text, such as "0x1000"'],
    ['0 cr0.json', 'cr0.json: cr0: no processor can have it: PG=1 needs PE=1, and NW=1 needs CD=1'],
    ['0 hex.json', "hex.json: cr3: '0x1000g' is no hexadecimal number of up to 64 bits"],
    ['0 m.json', 'm.json: maxphyaddr: 36.5 is not 36 to 52'],
    ['0 list.json', 'list.json: memory: it must be an object'],
    ['0 key.json', "key.json: memory: '0x1004' is not aligned to 8 bytes"],
    ['0 high.json', "high.json: memory: '0x10000000000000' is no physical address: it has more than 52 bits"],
    ['0 value.json', 'value.json: memory at 0x1000: it must be a text, such as "0x1\'12345067"'],
    ['0 long.json', "long.json: memory at 0x1000: '0x11112222333344445' is no hexadecimal number of up to 64 bits"],
    ['0 half.json', "half.json: memory at 0x1000: '0x1'2345067' is no hexadecimal number of up to 64 bits"],
    ['0 twice.json', 'twice.json: memory at 0x01000: it is given twice'],
    ['0 state.json --cr4 PAE,NXE', "--cr4: no bit 'NXE': a number starts with a digit; known bits: VME, PVI,"],
    ['0 state.json --cr0 c0000011', "--cr0: no bit 'c0000011': a number starts with a digit; known bits: PE, MP,"],
    ['0 state.json --cr0 constructor', "--cr0: no bit 'constructor': a number starts with a digit; known bits: PE, MP,"],
    ['0 state.json --cr0 PE,NW', '--cr0: no processor can have it'],
    ['0 state.json --cr4 0', '--cr4: PAE=0 is not modelled: 32-bit paging'],
    ['0 state.json --efer 0xd01', '--efer: LME=1 is not modelled: 4-level paging'],
    ['0 state.json --maxphyaddr 35', '--maxphyaddr: 35 is not 36 to 52'],
    ['0 state.json --maxphyaddr x', "'x' is invalid. It is no whole number."],
    ['0 state.json --access jump', "'jump' is invalid. Allowed choices are read, write, fetch."],
    ['0 state.json --implicit --user', '--implicit: it is a supervisor-mode access, not a --user one'],
    ['0 state.json --implicit --access fetch', '--implicit: it is an access to data, not a fetch'],
    ['0 state.json --base 0', '--base: it needs --image'],
    ['0 state.json --image none.bin', 'none.bin: no such file'],
    ['0 state.json --image .', /^\.: EISDIR/],
    ['0 state.json --image state.json --base 4', "--base: '4' is not aligned to 8 bytes"],
  ])('%s', async (args, message) => {
    for (const [name, text] of Object.entries(files)) if (args.includes(name)) paelab.write(name, text);
    const { code, stdout, stderr } = await paelab.here('walk', ...args.split(' ').filter((a) => a !== ''));
    expect(stderr.startsWith('paelab: ') && stderr.indexOf('\n') === stderr.length - 1).toBe(true);
    expect(stderr.slice('paelab: '.length)).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});
