/** `netmap record`: everything that can be read of this host, into a folder. */
import { anonymise } from '../evidence/anonymise.js'
import type { PlannedCommand, Recorded } from '../evidence/recorded.js'
import type { Snapshot } from '../evidence/types.js'
import { salt } from '../host/salt.js'
import { assertFree, writeSnapshot } from '../host/snapshot-folder.js'
import { plannedCommands } from '../plan/describe.js'
import { buildGraph } from '../topology/index.js'
import { collectOptions, type LoadOptions, loadSnapshot } from './load.js'

export const dryRun = (options: LoadOptions): readonly PlannedCommand[] => plannedCommands(collectOptions(options))

const outcomes = (snapshot: Snapshot): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const evidence of snapshot.evidence.values()) {
    const key = evidence.skipped === undefined ? evidence.outcome : 'not needed'
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

export const record = async (folder: string, options: LoadOptions, hide: boolean): Promise<Recorded> => {
  assertFree(folder)
  const seen = await loadSnapshot(options, { kind: 'everything' })
  const snapshot = hide ? anonymise(seen, salt()) : seen
  writeSnapshot(folder, snapshot)
  const graph = buildGraph(snapshot)
  return {
    schema: 'netmap.record/1',
    folder,
    commands: snapshot.evidence.size,
    namespaces: graph.namespaces.size,
    outcomes: outcomes(snapshot),
    redactions: snapshot.redactions,
    gaps: graph.gaps,
  }
}
