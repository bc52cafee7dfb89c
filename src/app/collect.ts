/** The use case under every command: ask the host, round by round, until nothing more is worth asking. */
import type { Evidence, Question, Redaction, Snapshot } from '../evidence/types.js'
import { reduceEvidence } from '../evidence/reduce.js'
import type { Host } from '../host/types.js'
import { plan, type PlanOptions } from '../plan/index.js'

/** Deeper chains of mount namespaces than any host has; each round must ask something new. */
const MAX_ROUNDS = 8

export interface CollectOptions extends PlanOptions {
  readonly version: string
  /** ISO 8601 */
  readonly now: string
}

const merge = (redactions: readonly Redaction[], more: readonly Redaction[]): readonly Redaction[] => [...redactions, ...more]

export const emptySnapshot = (host: Host, options: CollectOptions): Snapshot => ({
  schema: 'netmap.snapshot/1',
  version: options.version,
  recordedAt: options.now,
  machines: [host.machine],
  evidence: new Map(),
  redactions: [],
})

/** Goes on from `before`, so that a question that grew asks only for what is new. */
export const collect = async (host: Host, question: Question, options: CollectOptions, before: Snapshot = emptySnapshot(host, options)): Promise<Snapshot> => {
  let snapshot = before
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const probes = plan(snapshot, question, options)
    if (probes.length === 0) break
    const answers = (await host.run(probes)).map(reduceEvidence)
    const evidence = new Map<string, Evidence>(snapshot.evidence)
    for (const answer of answers) evidence.set(answer.evidence.probe.id, answer.evidence)
    snapshot = { ...snapshot, evidence, redactions: merge(snapshot.redactions, answers.flatMap((answer) => answer.redactions)) }
  }
  return snapshot
}
