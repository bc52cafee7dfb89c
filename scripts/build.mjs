// src + commands → dist: one small file per command, what they share in chunks, so that a command loads only what it uses.
import { readdirSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

const walk = (dir) =>
  readdirSync(dir, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? walk(`${dir}/${entry.name}`) : [`${dir}/${entry.name}`]))

rmSync('dist', { recursive: true, force: true })
await build({
  entryPoints: ['src/cli.ts', ...walk('commands'), ...walk('src/hooks')],
  outbase: '.',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  keepNames: true,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  define: { 'process.env.NODE_ENV': '"production"' },
  alias: { 'react-devtools-core': './scripts/empty.mjs' },
  external: ['typescript', 'ts-node'],
  // oclif is CommonJS inside: it wants these three.
  banner: {
    js: "import{createRequire as __cr}from'node:module';import{fileURLToPath as __fp}from'node:url';import{dirname as __dn}from'node:path';const require=__cr(import.meta.url),__filename=__fp(import.meta.url),__dirname=__dn(__filename);",
  },
})
