/** A copy of the tree with one bug in it. The tree itself is not touched. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patchesOf, type Mutant } from './mutant.ts';

export const ROOT = join(import.meta.dirname, '../..');

/** What the simulation runs on, and the stories. */
const PARTS = ['lib', 'simulate', 'test', 'package.json', 'jest.config.mjs'];

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
  let planted: readonly string[] = [];
  return {
    root,
    plant: (mutant) => {
      for (const file of planted) cpSync(join(ROOT, file), join(root, file));
      const texts = mutatedFiles(mutant, (file) => readFileSync(join(ROOT, file), 'utf8'));
      planted = [...texts.keys()];
      for (const [file, text] of texts) writeFileSync(join(root, file), text);
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** A patch that fits nowhere, or in two places, is no bug but a mistake in the list. */
export function mutatedFiles(
  mutant: Mutant,
  read: (file: string) => string,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { file, search, replace } of patchesOf(mutant)) {
    const text = texts.get(file) ?? read(file);
    const places = text.split(search).length - 1;
    if (search === '' || places !== 1)
      throw new Error(
        `the mutant “${mutant.name}” fits in ${places} places of ${file} instead of one: the code moved on, correct its patch`,
      );
    texts.set(
      file,
      text.replace(search, () => replace),
    );
  }
  return texts;
}
