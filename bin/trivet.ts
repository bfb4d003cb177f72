/** The command line. One file per command under lib/cli/. */
import '../lib/config/lend-trivet.ts';
import { runTrivet } from '../lib/cli/main.ts';

process.exitCode = await runTrivet(process.argv.slice(2));
