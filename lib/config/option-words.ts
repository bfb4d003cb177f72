/** What an option is, for whoever reads the reference or makes a mistake: beside its shape. */
import * as z from 'zod';

/** What the reference page says of an option besides its form. */
export interface OptionWords {
  readonly description: string;
  /** What holds when it is left out. */
  readonly default?: string;
  /** As it is written. */
  readonly example?: string;
  /** What it is, where the schema cannot say: a function. */
  readonly form?: string;
}

export const words = (told: OptionWords): OptionWords & Record<string, unknown> => ({ ...told });

export const text = z.string().min(1, 'is empty; name one');
export const columns = z.array(text);
