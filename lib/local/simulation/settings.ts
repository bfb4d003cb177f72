/**
 * What can be turned while a simulation runs: most of it are points on which the vendor's pages are silent or
 * disagree. Unknown names and values of the wrong kind are refused by a sentence, and then nothing is changed.
 */
import * as z from 'zod';
import { ok, wrong } from './control-server.ts';
import type { ControlRoute } from './control-server.ts';

/** The settings with some of them changed, or a sentence saying what is wrong with the change. */
export type SettingsChange<Settings> = (settings: Settings, change: unknown) => Settings | string;

export function createSettingsChange<Schema extends z.ZodObject>(
  schema: Schema,
): SettingsChange<z.output<Schema>> {
  const names = Object.keys(schema.shape).join(', ');
  return (settings, change) => {
    if (typeof change !== 'object' || change === null || Array.isArray(change)) {
      return `The body must be a JSON object of settings: ${names}.`;
    }
    const parsed = schema.safeParse({ ...settings, ...change });
    return parsed.success ? parsed.data : `${z.prettifyError(parsed.error)}\nThere is ${names}.`;
  };
}

export interface SettingsParts<Settings> {
  readonly current: () => Settings;
  readonly change: SettingsChange<Settings>;
  readonly keep: (settings: Settings) => void;
}

export function createSettingsRoutes<Settings extends object>(
  parts: SettingsParts<Settings>,
): readonly ControlRoute[] {
  return [
    { method: 'GET', template: '/settings', handle: () => ok(parts.current()) },
    {
      method: 'POST',
      template: '/settings',
      handle: ({ body }) => {
        const settings = parts.change(parts.current(), body);
        if (typeof settings === 'string') return wrong(400, settings);
        parts.keep(settings);
        return ok(settings);
      },
    },
  ];
}
