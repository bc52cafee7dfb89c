// From source: no dist, and the committed manifest is not looked at. Run with `npm run dev -- trace …`.
// Pitfall: oclif's own TypeScript loader needs an API that TypeScript 7 no longer has, and then silently runs dist/.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { execute, Plugin, settings } from '@oclif/core'
import { withDefaultCommand } from '../src/cli.ts'

settings.enableAutoTranspile = false
process.env.NODE_ENV = 'development'
const root = fileURLToPath(new URL('..', import.meta.url))
const pjson = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
pjson.oclif.commands = { strategy: 'pattern', target: './commands', globPatterns: ['**/*.ts'] }
pjson.oclif.hooks = { command_not_found: './src/hooks/command-not-found.ts' }
const plugin = new Plugin({ isRoot: true, root, pjson, ignoreManifest: true })
await plugin.load()
await execute({
  args: withDefaultCommand(process.argv.slice(2)),
  development: true,
  loadOptions: { root, pjson, plugins: new Map([[plugin.name, plugin]]) },
})
