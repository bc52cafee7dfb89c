/** Where a graph comes from: a recording (`--from`), or this machine, asked for no more than the question needs. */
import type { Question, Snapshot } from '../evidence/types.js'
import { readSnapshot } from '../host/snapshot-folder.js'
import { now } from '../host/terminal.js'
import type { Graph } from '../model/graph.js'
import { buildGraph } from '../topology/index.js'
import type { CollectOptions } from './collect.js'

export interface LoadOptions {
  /** a snapshot folder; undefined: this machine */
  readonly from: string | undefined
  /** seconds that one command may take */
  readonly timeout: number
  readonly version: string
  readonly tasks?: boolean
}

export const collectOptions = (options: LoadOptions): CollectOptions => ({
  timeoutMs: options.timeout * 1000,
  tasks: options.tasks === true,
  version: options.version,
  now: now(),
})

export const loadSnapshot = async (options: LoadOptions, question: Question): Promise<Snapshot> => {
  if (options.from !== undefined) return readSnapshot(options.from)
  const [{ liveHost }, { collect }] = await Promise.all([import('../host/live.js'), import('./collect.js')])
  return collect(liveHost(), question, collectOptions(options))
}

export const loadGraph = async (options: LoadOptions, question: Question): Promise<Graph> => buildGraph(await loadSnapshot(options, question))
