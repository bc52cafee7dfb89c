/**
 * What every command shares: the global flags of cli.md, where its graph comes from, how it ends. A command itself only says which use
 * case and which renderer.
 */
import { Command, Flags } from '@oclif/core'
import type { Question } from '../evidence/types.js'
import { debugging, exitWith, print, printError, type Terminal, terminal } from '../host/terminal.js'
import type { Graph } from '../model/graph.js'
import type { Gap } from '../model/refs.js'
import { escapeHost, escapeJson } from '../view/escape.js'
import { failureOf } from './errors.js'
import { type LoadOptions, loadGraph } from './load.js'

export interface GlobalFlags {
  readonly from?: string | undefined
  readonly json?: boolean | undefined
  readonly format?: string | undefined
  readonly color?: boolean | undefined
  readonly timeout: number
  readonly quiet: boolean
  readonly verbose: boolean
}

export abstract class BaseCommand extends Command {
  /** The answer's JSON is written by `answer`, not by oclif: its own `--json` would colour it and always exit 1. */
  static override enableJsonFlag = false

  static override baseFlags = {
    from: Flags.string({ helpValue: 'DIR', helpGroup: 'GLOBAL', env: 'NETMAP_FROM', description: 'read a recorded snapshot and run no command at all' }),
    json: Flags.boolean({ helpGroup: 'GLOBAL', env: 'NETMAP_JSON', description: 'one JSON document on stdout' }),
    format: Flags.string({ helpGroup: 'GLOBAL', env: 'NETMAP_FORMAT', options: ['table', 'tsv', 'json'], description: 'a table on a terminal, tab-separated rows in a pipe' }),
    color: Flags.boolean({ helpGroup: 'GLOBAL', allowNo: true, description: 'colour; by default on a terminal only (NO_COLOR, FORCE_COLOR)' }),
    timeout: Flags.integer({ helpValue: 'SECONDS', helpGroup: 'GLOBAL', env: 'NETMAP_TIMEOUT', default: 10, min: 1, max: 3600, description: 'the bound for each command that netmap runs' }),
    quiet: Flags.boolean({ char: 'q', helpGroup: 'GLOBAL', env: 'NETMAP_QUIET', description: 'less on stderr' }),
    verbose: Flags.boolean({ char: 'v', helpGroup: 'GLOBAL', env: 'NETMAP_VERBOSE', description: 'more: every step with its evidence' }),
  }

  protected terminal(flags: GlobalFlags): Terminal {
    return terminal(flags.color)
  }

  protected loadOptions(flags: GlobalFlags): LoadOptions {
    return { from: flags.from, timeout: flags.timeout, version: this.config.version }
  }

  protected graph(flags: GlobalFlags, question: Question): Promise<Graph> {
    return loadGraph(this.loadOptions(flags), question)
  }

  /** table, tsv or json: what was asked for, else by who is reading. */
  protected format(flags: GlobalFlags): 'table' | 'tsv' | 'json' {
    if (flags.json || flags.format === 'json') return 'json'
    if (flags.format === 'table' || flags.format === 'tsv') return flags.format
    return this.terminal(flags).isTty ? 'table' : 'tsv'
  }

  protected print(text: string): void {
    print(text)
  }

  protected printJson(document: unknown): void {
    print(`${escapeJson(JSON.stringify(document, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value), 2))}\n`)
  }

  /** What could not be seen, once, on stderr: the answer on stdout stays an answer. */
  protected printGaps(gaps: readonly Gap[], flags: GlobalFlags): void {
    if (flags.quiet || gaps.length === 0) return
    const shown = flags.verbose ? gaps : gaps.slice(0, 3)
    for (const gap of shown) printError(`not seen: ${escapeHost(gap.about)} (${gap.because})${gap.remedy === '' ? '' : `; try: ${escapeHost(gap.remedy)}`}\n`)
    if (shown.length < gaps.length) printError(`and ${gaps.length - shown.length} more: -v shows them\n`)
  }

  protected exitWith(code: number): void {
    exitWith(code)
  }

  protected override async catch(thrown: Error & { exitCode?: number }): Promise<void> {
    const failure = failureOf(thrown)
    const { message, code, suggestions, exit } = failure
    if (this.argv.includes('--json') || this.argv.includes('--format=json')) this.printJson({ error: { code, message, suggestions } })
    else {
      printError(`netmap: ${escapeHost(message.split('\n')[0] ?? '')}\n`)
      for (const line of message.split('\n').slice(1)) printError(`${escapeHost(line)}\n`)
      for (const suggestion of suggestions) printError(`  try: ${escapeHost(suggestion)}\n`)
    }
    if (debugging()) printError(`${thrown.stack ?? ''}\n`)
    exitWith(exit)
  }
}
