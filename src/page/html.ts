// SPDX-License-Identifier: GPL-2.0-only
/**
 * A page in one file: its data as JSON, the script that shows them and its style, both built from src/page/browser by src/build/bundle.mjs. It fetches
 * nothing, and its policy forbids it to.
 */
import { readFileSync } from 'node:fs';

/** Which script shows the data. */
export type PageKind = 'explore' | 'report';

const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

/** Beside the command, in dist/. */
const built = (name: string): string => readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8');

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

/** @param data shown by the script; anything that JSON can hold */
export function htmlPage(kind: PageKind, title: string, data: unknown): string {
  // Nothing in the data may end the element that holds them.
  const json = JSON.stringify(data).replace(/</g, '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${built(`${kind}.css`)}</style>
</head>
<body>
<noscript>This page is drawn by the script in it.</noscript>
<main></main>
<script type="application/json" id="data">${json}</script>
<script>${built(`${kind}.js`)}</script>
</body>
</html>
`;
}
