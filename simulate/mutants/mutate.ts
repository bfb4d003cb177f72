/** A copy of the tree with one bug in it. The tree itself is not touched. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './mutant.ts';

export const ROOT = join(import.meta.dirname, '../..');

/** What the simulation runs on. */
const PARTS = ['lib', 'simulate', 'test/support', 'package.json'];

export interface Tree {
  readonly root: string;
  /** Puts the bug in; the one before it is taken out. */
  plant(mutant: Mutant): void;
  remove(): void;
}

export function copyTree(): Tree {
  const root = mkdtempSync(join(tmpdir(), 'trivet-mutant-'));
  for (const part of PARTS) cpSync(join(ROOT, part), join(root, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  let planted: string | null = null;
  return {
    root,
    plant: (mutant) => {
      if (planted !== null) cpSync(join(ROOT, planted), join(root, planted));
      planted = mutant.file;
      const text = readFileSync(join(ROOT, mutant.file), 'utf8');
      writeFileSync(join(root, mutant.file), mutated(text, mutant));
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** A patch that fits nowhere, or in two places, is no bug but a mistake in the list. */
export function mutated(text: string, { name, file, search, replace }: Mutant): string {
  const places = text.split(search).length - 1;
  if (search === '' || places !== 1)
    throw new Error(
      `the mutant “${name}” fits in ${places} places of ${file} instead of one: the code moved on, correct its patch`,
    );
  return text.replace(search, () => replace);
}
