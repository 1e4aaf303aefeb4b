/**
 * Bundles the arena's page into dist/arena, which can be served by anything that serves files:
 * `node client/arena/build.ts`. Nothing in it is loaded from another host.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
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

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { app: join(source, 'main.ts'), style: join(source, 'style.css') },
  // A new build has new names: files may be cached for ever, index.html never.
  entryNames: '[name]-[hash]',
  outdir: target,
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
await writeFile(join(target, 'index.html'), page.replace('%APP%', app.name).replace('%STYLE%', style.name));
console.log(
  `dist/arena: ${app.name} ${(app.bytes / 1000).toFixed(0)} kB, ${style.name} ${(style.bytes / 1000).toFixed(0)} kB`,
);

function outputOf(files: Metafile, extension: string): { name: string; bytes: number } {
  const found = Object.entries(files.outputs).find(([path]) => path.endsWith(extension));
  if (found === undefined) throw new Error(`esbuild wrote no ${extension}`);
  return { name: relative(target, join(root, found[0])), bytes: found[1].bytes };
}
