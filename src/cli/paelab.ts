// SPDX-License-Identifier: GPL-2.0-only
/**
 * The command `paelab`. Source maps are switched on before anything else is loaded, so that the call chains of reports and of defects name
 * the TypeScript files; hence the import at run time.
 */
process.setSourceMapsEnabled(true);
// A reader that has seen enough, as in `paelab list | head`, is no error.
process.stdout.on('error', (e: NodeJS.ErrnoException) => {
  if (e.code !== 'EPIPE') throw e;
  process.exit();
});
const { main } = await import('./main.ts');
await main(process.argv.slice(2));
// A timer that a user's file has left must not keep the process.
process.stdout.write('', () => process.exit());
