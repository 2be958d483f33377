// SPDX-License-Identifier: GPL-2.0-only
/** The files under transparent_hugepage: defaults, what they take, and what they refuse. Time budget: 3 s. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { errno_name } from '../../../../src/kernel/include/uapi/asm-generic/errno.ts';
import { thp_sysfs_show, thp_sysfs_store } from '../../../../src/kernel/mm/huge_memory/sysfs.ts';
import { directMachine } from '../../direct-machine.ts';

const d = directMachine();
const show = (name: string): string => thp_sysfs_show(d.m.contexts[0]!, name);
const write = (name: string, text: string): number | string => {
  const n = d.run((c) => thp_sysfs_store(c, name, text));
  return n < 0 ? errno_name(-n) : n;
};

test('what a 32-bit PAE kernel starts with', () => {
  const fresh = directMachine();
  const defaults = {
    enabled: '[always] madvise never\n',
    defrag: 'always defer defer+madvise [madvise] never\n',
    shmem_enabled: 'always within_size advise [never] deny force\n',
    use_zero_page: '1\n',
    hpage_pmd_size: '2097152\n',
    'khugepaged/defrag': '1\n',
    'khugepaged/max_ptes_none': '511\n',
    'khugepaged/max_ptes_swap': '64\n',
    'khugepaged/max_ptes_shared': '256\n',
    'khugepaged/pages_to_scan': '4096\n',
    'khugepaged/pages_collapsed': '0\n',
    'khugepaged/full_scans': '0\n',
    'khugepaged/scan_sleep_millisecs': '10000\n',
    'khugepaged/alloc_sleep_millisecs': '60000\n',
  };
  for (const [name, text] of Object.entries(defaults)) expect(thp_sysfs_show(fresh.m.contexts[0]!, name), name).toBe(text);
});

test.each([
  ['enabled', ['always', 'madvise', 'never']],
  ['defrag', ['always', 'defer', 'defer+madvise', 'madvise', 'never']],
  ['shmem_enabled', ['always', 'within_size', 'advise', 'never', 'deny', 'force']],
])('%s is one of its words', (name, words) => {
  for (const word of words) {
    expect(write(name, word)).toBe(word.length);
    expect(show(name)).toBe(`${words.map((w) => (w === word ? `[${w}]` : w)).join(' ')}\n`);
    expect(write(name, `${word}\n`)).toBe(word.length + 1);
  }
  for (const bad of ['', 'Always', 'always ', '1']) expect(write(name, bad)).toBe('EINVAL');
});

test.each(['max_ptes_none', 'max_ptes_swap', 'max_ptes_shared'])('khugepaged/%s ends at 511', (limit) => {
  const name = `khugepaged/${limit}`;
  for (const good of ['0', '511', '+7', '64\n']) expect(write(name, good)).toBe(good.length);
  expect(show(name)).toBe('64\n');
  for (const bad of ['512', '-1', '', '1x', ' 1', '4294967296', '1\n\n']) expect(write(name, bad)).toBe('EINVAL');
  expect(show(name)).toBe('64\n');
});

test('numbers that have no limit but their size', () => {
  expect(write('khugepaged/pages_to_scan', '0')).toBe('EINVAL');
  expect(write('khugepaged/pages_to_scan', '4294967295')).toBe(10);
  expect(write('khugepaged/pages_to_scan', '4294967296')).toBe('EINVAL');
  for (const name of ['khugepaged/scan_sleep_millisecs', 'khugepaged/alloc_sleep_millisecs']) {
    expect(write(name, '0')).toBe(1);
    expect(write(name, '4294967295')).toBe(10);
    expect(write(name, '-1')).toBe('EINVAL');
    expect(show(name)).toBe('4294967295\n');
  }
});

test.each(['use_zero_page', 'khugepaged/defrag'])('%s is 0 or 1', (name) => {
  expect(write(name, '0')).toBe(1);
  expect(show(name)).toBe('0\n');
  expect(write(name, '1\n')).toBe(2);
  expect(show(name)).toBe('1\n');
  expect(write(name, '2')).toBe('EINVAL');
  expect(write(name, 'yes')).toBe('EINVAL');
  expect(write(name, '4294967296')).toBe('ERANGE'); // here kstrtoul()'s own error is passed on
});

test('what is not for writing, and what is not there', () => {
  for (const name of ['hpage_pmd_size', 'khugepaged/pages_collapsed', 'khugepaged/full_scans']) expect(write(name, '1')).toBe('EACCES');
  for (const name of ['', 'enable', 'khugepaged/', 'khugepaged/max_ptes']) {
    expect(write(name, '1')).toBe('ENOENT');
    expect(show(name)).toBe('');
  }
});

test('any text is taken as a number or refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 6 }), fc.nat(700).map(String)), (text) => {
      const good = /^\+?[0-9]+\n?$/.test(text) && Number(text) <= 511;
      return write('khugepaged/max_ptes_swap', text) === (good ? text.length : 'EINVAL');
    }),
    { seed: 1, numRuns: 300 },
  );
});
