// SPDX-License-Identifier: GPL-2.0-only
/** Whatever else can happen to a collapse, in each release: the turns that its result code does not tell. Time budget: 1 min. */
import { describe } from 'vitest';
import { eachWay } from './judge.ts';
import { waysKhugepaged } from './ways-khugepaged.ts';
import { waysMore } from './ways-more.ts';
import { waysOld } from './ways-old.ts';
import { waysTable } from './ways-table.ts';

describe('tables of huge pages', () => eachWay(waysTable));
describe('files in v6.1 and v6.5', () => eachWay(waysOld));
describe('what comes and goes meanwhile', () => eachWay(waysMore));
describe('khugepaged', () => eachWay(waysKhugepaged));
