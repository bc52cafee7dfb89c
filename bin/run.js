#!/usr/bin/env node
import module from 'node:module'

module.enableCompileCache?.() // Node 22.1 and newer
const { main } = await import('../dist/src/cli.js')
await main(import.meta.url)
