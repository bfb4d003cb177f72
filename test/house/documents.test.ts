/** The documents: links lead somewhere, paths exist, commands are real, and code that is shown is code that compiles. */
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import config from '../../docs/snippets/trivet.config.ts';
import { ringDoorbell } from '../../docs/snippets/ring-doorbell.ts';
import { listCommands } from '../../lib/cli/command-tree.ts';
import { createProgram } from '../../lib/cli/main.ts';
import { writeReference } from '../../lib/cli/reference.ts';
import { answerDoor, type Door } from '../../lib/flow/ring.ts';
import { ROOT, listFiles, readText } from './source-tree.ts';

const documents = listFiles('').filter((path) => path.endsWith('.md'));

/** Links of Markdown, as repository paths with their anchors; those to other hosts are left out. */
function linksOf(path: string): readonly { readonly file: string; readonly anchor: string }[] {
  const prose = readText(path).replaceAll(/```.*?```/gs, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', anchor = ''] = target.split('#');
      return { file: file === '' ? path : posix.join(posix.dirname(path), file), anchor };
    });
}

/** As GitHub makes them. */
const anchorsOf = (path: string): readonly string[] =>
  [...readText(path).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Paths between backticks, from the root: `lib/flow/pull.ts`. Patterns and placeholders are left out. */
const pathsOf = (path: string): readonly string[] =>
  [
    ...readText(path).matchAll(
      /`((?:bench|bin|lib|functions|fuzz|chaos|simulate|test|docs|\.ci)\/[\w./-]*)`/g,
    ),
  ].map(([, named = '']) => named);

const exists = (path: string): boolean => existsSync(join(ROOT, path));

describe('documents', () => {
  test('there are some', () => {
    expect(documents).toEqual(
      expect.arrayContaining([
        'CHANGELOG.md',
        'CONTRIBUTING.md',
        'README.md',
        'docs/sandbox.md',
        'lib/README.md',
      ]),
    );
  });

  test.each(documents)('%s: links lead to files and headings', (path) => {
    const broken = linksOf(path).filter(
      ({ file, anchor }) => !exists(file) || (anchor !== '' && !anchorsOf(file).includes(anchor)),
    );
    expect(broken).toEqual([]);
  });

  test.each(documents)('%s: the paths it names exist', (path) => {
    expect(pathsOf(path).filter((named) => !exists(named))).toEqual([]);
  });

  test('paths named in comments exist', () => {
    const sources = listFiles(
      'bench',
      'bin',
      'lib',
      'functions',
      'fuzz',
      'chaos',
      'simulate',
      'test',
    ).filter((path) => path.endsWith('.ts'));
    const dangling = sources.flatMap((path) => {
      const comments = readText(path).match(/(^\s*\/?\*.*$|\/\/ .*$)/gm) ?? [];
      const named = comments.flatMap((comment) =>
        [...comment.matchAll(/\b(?:lib|functions|test|docs)\/[\w./-]+\.(?:ts|md|json)\b/g)].map(
          ([name]) => name,
        ),
      );
      return named.filter((name) => !exists(name)).map((name) => `${path} names ${name}`);
    });
    expect(dangling).toEqual([]);
  });

  test('the npm scripts they name are in package.json', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: object };
    const named = documents.flatMap((path) =>
      [...readText(path).matchAll(/npm (?:run )?(start|test|(?<=run )[\w:]+)/g)].map(
        ([, name = '']) => name,
      ),
    );
    expect(named).toContain('check');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('the sandbox’s page has every option, and the README every command', () => {
    const { commands } = createProgram();
    expect(commands.map((command) => command.name())).toContain('sandbox');
    const options = commands.find((command) => command.name() === 'sandbox')?.options ?? [];
    const page = readText('docs/sandbox.md');
    expect(options.filter(({ long }) => !page.includes(`\`${long}`))).toEqual([]);
    const readme = readText('README.md');
    const unnamed = commands.filter((command) => !readme.includes(`npx trivet ${command.name()}`));
    expect(unnamed.map((command) => command.name())).toEqual([]);
  });

  test('the page of the command line is what the commands say of themselves', () => {
    const remedy = 'npm run docs:cli';
    const page = readText('docs/cli.md');
    expect({ remedy, page }).toEqual({ remedy, page: writeReference(createProgram()) });
    for (const { path } of listCommands(createProgram())) expect(page).toContain(`trivet ${path}`);
  });

  test('TypeScript that is shown is a snippet, word for word', () => {
    for (const path of documents) {
      const text = readText(path);
      const shown = [...text.matchAll(/(?:<!-- snippet: (\S+) -->\n)?```ts\n(.*?)```/gs)];
      for (const [, file = 'no snippet is named', code] of shown) {
        expect({ path, file, code }).toEqual({ path, file, code: exists(file) && readText(file) });
      }
    }
  });
});

describe('the snippets do what the page says', () => {
  test('the configuration is accepted, and names its one sync', () => {
    const [sync] = config.syncs;
    expect(sync?.spec.name).toBe('contacts-news');
    expect(sync?.spec.fields.map(({ column, owner }) => `${column}: ${owner}`)).toEqual([
      'email: crm',
      'first_name: crm',
      'email_status: app',
      'tags: shared',
    ]);
  });

  test('the doorbell’s signature opens the door, and another key does not', async () => {
    const rung: unknown[] = [];
    const door: Door = {
      apps: new Map(),
      syncs: new Set(['contacts-news']),
      queue: { sendPull: async (messages) => void rung.push(...messages) },
      log: { info: jest.fn(), warn: jest.fn(), error: jest.fn(), count: jest.fn() },
      secretsOf: () => ({ signing: [], path: null }),
      doorbellKey: 'the key',
      now: () => Date.now(),
    };
    const server = jest.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const { status, body } = await answerDoor(door, {
        method: 'POST',
        path: new URL(new Request(input).url).pathname,
        headers: Object.fromEntries(new Headers(init?.headers)),
        body: Buffer.from(init?.body as string),
      });
      return new Response(body === '' ? null : body, { status });
    });
    const url = 'http://door.test/doorbell/contacts-news';
    expect(await ringDoorbell(url, 'the key')).toBe(202);
    expect(await ringDoorbell(url, 'another key')).toBe(401);
    expect(rung).toEqual([{ kind: 'ring', sync: 'contacts-news', source: 'crm' }]);
    server.mockRestore();
  });
});
