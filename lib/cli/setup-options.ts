/** The options that `install` and `uninstall` share. */
import type { Command } from 'commander';
import { describeTargetCommand } from './with-target.ts';

export const SETUP_CONFIG =
  'a configuration that was not started yet, or the one deployed on AWS (./trivet.config.ts)';

export const describeSetupCommand = (command: Command, examples: string): Command =>
  describeTargetCommand(
    command
      .option(
        '--database-url <url>',
        'the connection of the tables’ owner, in place of CRM_ADMIN_URL',
      )
      .option('--print', 'the SQL that would be run, and nothing is changed')
      .option('--yes', 'without asking'),
    examples,
    SETUP_CONFIG,
  );
