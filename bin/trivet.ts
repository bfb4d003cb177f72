/** The command line. One file per command under lib/cli/. */
import { Command } from 'commander';
import { addSandbox } from '../lib/cli/sandbox.ts';

const program = new Command('trivet')
  .description('Keeps the tables of a CRM on Postgres and the SaaS apps around it in step.')
  .version('0.1.0');
addSandbox(program);
await program.parseAsync();
