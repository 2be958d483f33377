// SPDX-License-Identifier: GPL-2.0-only
/**
 * The pages in a real Chromium, from file://, as `paelab explore` and `paelab report` write them. Skipped where no Chromium is installed,
 * which is said. PAELAB_SCREENSHOTS=1 writes the pictures of the README anew. Time budget: 30 s.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../src/build/erase.mjs';
import { command } from '../cli/support.ts';
import { chromiumPath, launch, open } from './chromium.ts';
import { smallPng } from './small-png.ts';

const paelab = command();
const token = /paelab1\.\S+/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))![0];
const address = (name: string): string => pathToFileURL(join(paelab.dir, name)).href;

const missing = chromiumPath === null;
if (missing)
  console.warn(
    'The tests of pages are skipped: no chromium, chromium-browser or google-chrome is on the PATH (Debian: apt-get install chromium).',
  );
let browser: Browser;

const pictures = process.env['PAELAB_SCREENSHOTS'] !== undefined;

async function picture(page: Page, name: string, height: number): Promise<void> {
  await page.setViewportSize({ width: 1200, height });
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
  writeFileSync(join(ROOT, 'docs', name), smallPng(await page.screenshot()));
}

/** "step 3 of 39" */
const at = (page: Page): Promise<string | null> => page.textContent('output');

const STUDY = {
  schema: 'paelab/study',
  version: 1,
  title: 'Two policies',
  charts: [
    {
      title: 'Latency of the initiator',
      x: { label: 'CPUs', scale: 'log2' },
      y: { label: 'latency', unit: 'ns', scale: 'log' },
      series: [
        {
          name: 'one',
          points: [
            [1, 650, 600, 700],
            [2, 900, 850, 990],
            [4, 1100, 1000, 1300],
          ],
        },
        {
          name: 'other',
          points: [
            [1, 660],
            [4, 1570],
          ],
        },
      ],
    },
    {
      title: 'Phases',
      kind: 'bars',
      x: { label: '' },
      y: { label: 'time', unit: 'ns' },
      names: ['send', 'wait'],
      series: [
        {
          name: 'one',
          points: [
            [0, 100],
            [1, 400],
          ],
        },
      ],
    },
  ],
  tables: [{ title: 'IPIs', columns: ['CPUs', 'sent'], rows: [[2, '<b>1</b>']] }],
};

describe.skipIf(missing)('pages in Chromium', () => {
  beforeAll(async () => {
    browser = await launch();
    expect((await paelab.run('explore', token, '--out', 'torn.html')).code).toBe(0);
    paelab.write('torn.json', (await paelab.run('replay', token, '--json')).stdout);
    paelab.write('study.json', JSON.stringify(STUDY));
    expect((await paelab.run('report', 'study.json', 'torn.json', '--out', 'results')).stdout).toBe('results/index.html\n');
  }, 120_000);
  afterAll(() => browser.close());

  describe('a counterexample', () => {
    const entry = (page: Page): Promise<string> => page.innerText('h2:has-text("Entries") + table tbody');

    test('is stepped through with buttons and keys, forwards and backwards', async () => {
      const { page, errors, requests } = await open(browser, address('torn.html'));
      expect(await at(page)).toBe('step 0 of 39');
      await page.click('button[aria-label=forward]');
      await page.keyboard.press('ArrowRight');
      expect(await at(page)).toBe('step 2 of 39');
      await page.keyboard.press('ArrowLeft');
      expect(await at(page)).toBe('step 1 of 39');
      await page.keyboard.press('End');
      expect(await at(page)).toBe('step 39 of 39');
      expect(await page.innerText('#told')).toContain('Here it is found.');
      await page.click('button[aria-label=first]');
      expect(await at(page)).toBe('step 0 of 39');
      expect({ errors, requests }).toEqual({ errors: [], requests: [] });
      await page.context().close();
    });

    test('is scrubbed through with the slider', async () => {
      const { page, errors } = await open(browser, address('torn.html'));
      await page.locator('input[type=range]').fill('38');
      expect(await at(page)).toBe('step 38 of 39');
      await page.focus('input[type=range]');
      await page.keyboard.press('ArrowRight');
      expect(await at(page)).toBe('step 39 of 39'); // once, not twice
      expect(errors).toEqual([]);
      await page.context().close();
    });

    test('shows at each step the halves with their writers, store buffers, IF and page tables', async () => {
      const { page, errors } = await open(browser, `${address('torn.html')}#step=14`);
      expect(await at(page)).toBe('step 14 of 39');
      expect(await entry(page)).toMatch(/pmd\(P 0x40000000\)\s+0x0 step 14, CPU0\s+0x0 step 14, CPU0/);
      expect(await page.locator('.tree').innerText()).toMatch(/pmd 0x40000000 0 none/);
      await page.evaluate('location.hash = "#step=39"');
      expect(await at(page)).toBe('step 39 of 39');
      expect(await entry(page)).toMatch(/0x2 step 38, CPU0\s+0x12345067 step 38, CPU0/);
      const cpu1 = await page.innerText('[data-cpu="1"]');
      expect(cpu1).toMatch(/IF\s+0/);
      expect(cpu1).toMatch(/store buffer\s+sti\(CPU1\) = 0x1/);
      expect(cpu1).toMatch(/torn pair\s+0x0'12345067: frame 0x12345, free/);
      expect(await page.locator('.tree').innerText()).toMatch(/0x2'12345067 .* → 0x212345 page table/);
      if (pictures) {
        await page.locator('#row39').scrollIntoViewIfNeeded();
        await page.evaluate('scrollTo(0, 0)');
        await picture(page, 'explore.png', 950);
      }
      expect(errors).toEqual([]);
      await page.context().close();
    });

    test('links to a step: the address follows, and a writer leads to its step', async () => {
      const { page } = await open(browser, `${address('torn.html')}#step=20`);
      await page.keyboard.press('ArrowRight');
      expect(page.url()).toMatch(/#step=21$/);
      await page.click('a:has-text("step 14, CPU0") >> nth=0');
      expect(await at(page)).toBe('step 14 of 39');
      await page.click('#row5');
      expect(page.url()).toMatch(/#step=5$/);
      await page.context().close();
    });

    test('passes over what the race diagram leaves out, if asked to', async () => {
      const { page } = await open(browser, `${address('torn.html')}#step=12`);
      await page.check('#drawn');
      await page.keyboard.press('ArrowRight');
      expect(await at(page)).toBe('step 14 of 39');
      expect(await page.isVisible('#row13')).toBe(false);
      await page.context().close();
    });

    test('is dark where the reader wants it dark', async () => {
      const paper = async (colorScheme: 'light' | 'dark'): Promise<unknown> => {
        const { page } = await open(browser, address('torn.html'), { colorScheme });
        const colour = await page.evaluate('getComputedStyle(document.body).backgroundColor');
        await page.context().close();
        return colour;
      };
      expect([await paper('light'), await paper('dark')]).toEqual(['rgb(255, 255, 255)', 'rgb(20, 23, 27)']);
    });
  });

  if (pictures)
    test('a study, dark, as the README shows it', { timeout: 120_000 }, async () => {
      const args = ['--cpus', '1..64', '--policy', 'linux,serial,early-ack,invlpgb', '--out', 'found'];
      expect((await paelab.run('study', 'shootdown', ...args)).code).toBe(0);
      await paelab.run('report', 'found/study.json', '--out', 'found');
      const { page } = await open(browser, address('found/index.html'), { colorScheme: 'dark', viewport: { width: 1200, height: 990 } });
      await page.waitForSelector('canvas >> nth=5');
      await page.evaluate(`document.querySelector('.file').remove()`);
      const { y, height } = (await page.locator('.charts section').nth(3).boundingBox())!;
      await picture(page, 'study.png', Math.ceil(y + height + 16));
      await page.context().close();
    });

  describe('results', () => {
    /** How many pixels of a chart are painted. */
    const painted = (page: Page, chart: number): Promise<number> =>
      page.evaluate(
        `{ const c = document.querySelectorAll('canvas')[${chart}];
           c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 === 3 && v > 0).length }`,
      );

    test('have charts, which say the values under the pointer and under the keys', async () => {
      const { page, errors, requests } = await open(browser, address('results/index.html'));
      await page.waitForSelector('canvas >> nth=1');
      for (const chart of [0, 1]) expect(await painted(page, chart)).toBeGreaterThan(2000);
      const legend = (): Promise<string> => page.locator('.u-legend').first().innerText();
      const box = (await page.locator('.u-over').first().boundingBox())!;
      await page.mouse.move(box.x + box.width / 2, box.y + 20);
      expect(await legend()).toMatch(/CPUs\s*2\s*one\s*900\s*other/);
      await page.locator('.chart').first().focus();
      await page.keyboard.press('ArrowRight');
      expect(await legend()).toMatch(/CPUs\s*4\s*one\s*1100\s*other\s*1570/);
      expect({ errors, requests }).toEqual({ errors: [], requests: [] });
      await page.context().close();
    });

    test('have verdicts with links to their counterexamples, and text that stays text', async () => {
      const { page, errors } = await open(browser, address('results/index.html'));
      expect(await page.innerText('table:has-text("IPIs"), section:has(h2:text-is("IPIs"))')).toContain('<b>1</b>');
      await page.click('a:has-text("torn-pair")');
      await page.waitForSelector('#columns');
      expect(await at(page)).toBe('step 0 of 39');
      expect(errors).toEqual([]);
      await page.context().close();
    });

    test('are dark where the reader wants them dark, charts too', async () => {
      const { page } = await open(browser, address('results/index.html'), { colorScheme: 'light' });
      await page.waitForSelector('canvas >> nth=1');
      const ink = (): Promise<string> => page.evaluate(`document.querySelectorAll('canvas')[0].toDataURL()`);
      const light = await ink();
      await page.emulateMedia({ colorScheme: 'dark' });
      await expect.poll(ink).not.toBe(light);
      await page.context().close();
    });
  });
});
