// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab list`: the scenarios with their axes, the guards; or the data races that the port declares.
 */
import { allDataRaces, allGuards } from '../kernel/guards.ts';
import { scenarios } from '../scenarios/index.ts';
import { columns, wrap } from './text.ts';

export function list(flags: { races?: boolean; json?: boolean }): void {
  process.stdout.write(
    flags.json ? `${JSON.stringify(flags.races ? racesJson() : listJson(), null, 2)}\n` : flags.races ? racesText() : listText(),
  );
}

const guards = () => allGuards().map(({ name, about, file }) => ({ name, about, file }));

const listJson = () => ({
  schema: 'paelab/list',
  version: 1,
  scenarios: scenarios.map(({ name, about, axes, bounds }) => ({
    name,
    about,
    axes: Object.entries(axes).map(([key, axis]) => ({ key, ...axis, extra: axis.extra === true })),
    bounds,
  })),
  guards: guards(),
});

const racesJson = () => ({ schema: 'paelab/races', version: 1, races: allDataRaces() });

function listText(): string {
  let out = 'Scenarios: paelab check NAME [--config KEY=VALUE]\n';
  for (const s of scenarios) {
    out += `\n${s.name}\n  ${wrap(s.about, 2)}\n`;
    const rows = Object.entries(s.axes).map(([key, a]) => [
      `  ${key}${a.extra === true ? ' +' : ''}`,
      a.values.map((v) => (v === a.default ? `[${v}]` : v)).join(' '),
      a.about,
    ]);
    out += `${columns(rows).join('\n')}\n`;
  }
  out += '\n[default]; + is not part of the product of --all.\n\nGuards: paelab check NAME --without GUARD\n\n';
  return `${out}${columns(guards().map((g) => [`  ${g.name}`, g.file, g.about])).join('\n')}\n`;
}

function racesText(): string {
  const head = 'Plain accesses of Linux that race by design, which the port makes marked ones:\n\n';
  return `${head}${columns(allDataRaces().map((r) => [`  ${r.where}`, r.about])).join('\n')}\n`;
}
