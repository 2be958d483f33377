// SPDX-License-Identifier: GPL-2.0-only
/**
 * Types of a user's TypeScript file and of what it imports, checked before anything of it runs. `paelab` is this installation: its sources in a clone, its
 * declarations where it was installed. No tsconfig.json is read, so that a file means the same everywhere.
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Program, SourceFile } from 'typescript';
import { UsageError } from '../usage-error.ts';
import { oneLine } from './exit.ts';

const HOME = fileURLToPath(new URL('../', import.meta.url));

/** What Node has of it and a scenario may use, also where @types/node is not installed. */
const CONSOLE = 'interface Console { log(...data: any[]): void; error(...data: any[]): void }\ndeclare var console: Console;\n';

/**
 * @param home where paelab lies
 * @returns the files that it looked at
 * @throws UsageError naming the first place that is wrong, and how many more there are
 */
export async function checkTypes(file: string, home = HOME): Promise<string[]> {
  const { default: ts } = await import('typescript');
  const entry = resolve(file);
  const sources = join(home, 'src/index.ts');
  const paelab = existsSync(sources) ? realpathSync(sources) : join(home, 'dist/types/src/index.d.ts');
  const options = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    paths: { paelab: [paelab] },
    types: ['*'],
    strict: true,
    allowJs: true,
    skipLibCheck: true,
    noEmit: true,
    allowImportingTsExtensions: true,
  };
  const host = ts.createCompilerHost(options);
  host.getCurrentDirectory = () => dirname(entry);
  host.jsDocParsingMode = ts.JSDocParsingMode.ParseNone;
  const ambient = resolve(dirname(entry), 'paelab-console.d.ts');
  const { getSourceFile } = host;
  host.getSourceFile = (name, ...rest) =>
    resolve(name) === ambient ? ts.createSourceFile(name, CONSOLE, rest[0]) : getSourceFile(name, ...rest);
  const program = ts.createProgram([entry, ambient], options, host);
  const files = program.getSourceFiles().filter((f) => isUsers(program, f, paelab));
  const [first, ...more] = files.flatMap((f) => [...program.getSyntacticDiagnostics(f), ...program.getSemanticDiagnostics(f)]);
  if (first === undefined) return files.map((f) => resolve(f.fileName)).filter((path) => path !== ambient);
  const { line, character } = first.file!.getLineAndCharacterOfPosition(first.start!);
  const where = resolve(first.file!.fileName) === entry ? file : relative(process.cwd(), first.file!.fileName);
  const said = oneLine(ts.flattenDiagnosticMessageText(first.messageText, '\n'));
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  throw new UsageError(`${where}:${line + 1}:${character + 1}: TS${first.code}: ${said}${others}`);
}

/** Neither paelab nor a library. */
function isUsers(program: Program, f: SourceFile, paelab: string): boolean {
  const path = resolve(f.fileName);
  const ours = ['src', 'cpu', 'mmu'].map((folder) => resolve(paelab, '../..', folder) + sep);
  const installed = path.includes(`${sep}node_modules${sep}`) || program.isSourceFileDefaultLibrary(f);
  return !installed && !ours.some((folder) => path.startsWith(folder));
}
