import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);

/** The text of a file of the project, by its path from the root. */
export const projectText = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

/** Paths of the TypeScript files in a folder of the project, tests included. */
export const typescriptIn = (folder: string): string[] =>
  readdirSync(new URL(folder, ROOT))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`);

/** The cells of the first table whose first column is called `firstCell`, a row each. */
export function tableIn(text: string, firstCell: string): string[][] {
  const lines = text.split('\n');
  const head = new RegExp(`^\\|\\s*${firstCell}\\s*\\|`);
  const start = lines.findIndex((line, i) => head.test(line) && /^\|\s*-/.test(lines[i + 1] ?? ''));
  if (start < 0) throw new Error(`no table with ${firstCell}`);
  const rows: string[][] = [];
  for (let i = start + 2; lines[i]?.startsWith('|'); i++) {
    rows.push(
      lines[i]!.split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  }
  return rows;
}

/** The blocks marked "hex NAME": hex up to `;` in each line, by name. */
export function hexExamplesIn(text: string): Map<string, string[]> {
  const examples = new Map<string, string[]>();
  for (const [, name, body] of text.matchAll(/^```hex (\S+)\n([^`]*)^```/gm)) {
    examples.set(
      name!,
      body!
        .trimEnd()
        .split('\n')
        .map((line) => line.split(';')[0]!.trim()),
    );
  }
  return examples;
}
