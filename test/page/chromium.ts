// SPDX-License-Identifier: GPL-2.0-only
/** A real Chromium for the tests of pages: Debian's, or another one on the PATH. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Its path, or null where none is installed. */
export const chromiumPath: string | null =
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((dir) => NAMES.map((name) => join(dir, name)))
    .find((path) => existsSync(path)) ?? null;

/** The sandbox needs what containers do not give to root. */
export const launch = (): Promise<Browser> => chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });

export interface Opened {
  page: Page;
  /** Errors of scripts and of the console. */
  errors: string[];
  /** What it asked for besides itself. */
  requests: string[];
}

/** @param url a file:// address */
export async function open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 700 }, ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (e) => errors.push(e.message));
  page.on('console', (m) => m.type() === 'error' && errors.push(m.text()));
  page.on('request', (r) => r.isNavigationRequest() || requests.push(r.url()));
  await page.goto(url);
  return { page, errors, requests };
}
