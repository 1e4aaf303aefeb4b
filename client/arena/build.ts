/**
 * Bundles the arena's page into dist/arena, which can be served by anything that serves files:
 * `node client/arena/build.ts`. Nothing in it is loaded from another host.
 *
 * A server may serve it meanwhile, and others may build it at the same time: each file is there whole or not at all, and
 * index.html comes when all is there that it names.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';

const source = import.meta.dirname;
const root = fileURLToPath(new URL('../..', import.meta.url));
const target = join(root, 'dist/arena');

/** The SDK falls back to Node's `ws`; a browser has its own WebSocket. */
const noWs: Plugin = {
  name: 'no-ws',
  setup(plugins) {
    plugins.onResolve({ filter: /^ws$/ }, () => ({ path: 'ws', namespace: 'nothing' }));
    plugins.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: 'export default undefined;' }));
  },
};

await mkdir(target, { recursive: true });
const { metafile, outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: { app: join(source, 'main.ts'), style: join(source, 'style.css') },
  // A new build has new names: files may be cached for ever, index.html never.
  entryNames: '[name]-[hash]',
  outdir: target,
  write: false,
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  sourcemap: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  plugins: [noWs],
  // tsconfig.json has verbatimModuleSyntax, under which `import { type X } from 'y'` still loads y: the server, here.
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: false, target: 'es2022' } },
});

const app = outputOf(metafile, '.js');
const style = outputOf(metafile, '.css');
const page = await readFile(join(source, 'index.html'), 'utf8');
for (const { path, contents } of outputFiles) await writeWhole(path, contents);
await writeWhole(join(target, 'index.html'), page.replace('%APP%', app.name).replace('%STYLE%', style.name));
await removeOthers(new Set(['index.html', ...outputFiles.map(({ path }) => basename(path))]));
if (process.env['npm_config_loglevel'] !== 'silent') {
  console.log(
    `dist/arena: ${app.name} ${(app.bytes / 1000).toFixed(0)} kB, ${style.name} ${(style.bytes / 1000).toFixed(0)} kB`,
  );
}

/** In one step for whoever reads it, also where it is there already. */
async function writeWhole(path: string, contents: string | Uint8Array): Promise<void> {
  const aside = `${path}.${process.pid}.part`;
  await writeFile(aside, contents);
  await rename(aside, path);
}

/** What builds before left; not what another one is about to write. */
async function removeOthers(current: Set<string>): Promise<void> {
  for (const name of await readdir(target)) {
    if (!current.has(name) && !name.endsWith('.part')) await rm(join(target, name), { recursive: true, force: true });
  }
}

function outputOf(files: Metafile, extension: string): { name: string; bytes: number } {
  const found = Object.entries(files.outputs).find(([path]) => path.endsWith(extension));
  if (found === undefined) throw new Error(`esbuild wrote no ${extension}`);
  return { name: relative(target, join(root, found[0])), bytes: found[1].bytes };
}
