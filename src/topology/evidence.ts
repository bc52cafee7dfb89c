/**
 * From evidence to what a parser reads: the text where there is one, and the gap where there is none. In: a snapshot and an id. Out:
 * text (empty where nothing could be read) and at most one gap that names the command, what went wrong and what would help.
 */
import type { Evidence, Outcome, Snapshot } from '../evidence/types.js'
import type { Gap } from '../model/refs.js'

export interface Reading {
  readonly id: string
  /** null: never asked, or the command gave no answer */
  readonly text: string | null
  readonly gap: Gap | null
}

type Failure = Exclude<Outcome, 'ok'>

const remedyOf = (outcome: Failure, evidence: Evidence): string => {
  const tool = evidence.probe.argv[0] ?? 'the tool'
  switch (outcome) {
    case 'denied':
      return 'run netmap as root (sudo netmap …)'
    case 'missing-tool':
      return `install ${tool} on this host`
    case 'timeout':
      return `ask again with a longer bound: --timeout ${Math.max(30, Math.ceil(evidence.probe.timeoutMs / 500))}`
    case 'truncated':
      return 'its output is larger than netmap keeps'
    case 'not-recorded':
      return 'record the host again with this netmap'
    case 'failed':
      return `run it by hand: ${evidence.probe.argv.join(' ')}`
  }
}

const reason = (evidence: Evidence): string => {
  const [line = ''] = evidence.stderr.trim().split('\n')
  return line === '' ? '' : `: ${line}`
}

/** `where` names the namespace or machine as people do; `what` says what the output would have told. */
export const gapOf = (evidence: Evidence, where: string, what: string): Gap | null => {
  if (evidence.outcome === 'ok') return null
  return {
    about: `${what} of ${where} (${evidence.probe.argv.join(' ')}${reason(evidence)})`,
    because: evidence.outcome,
    remedy: remedyOf(evidence.outcome, evidence),
    evidence: [evidence.probe.id],
  }
}

export const read = (snapshot: Snapshot, id: string, where: string, what: string): Reading => {
  const evidence = snapshot.evidence.get(id)
  if (!evidence)
    return {
      id,
      text: null,
      gap: { about: `${what} of ${where}`, because: 'not-recorded', remedy: 'record the host again with this netmap', evidence: [id] },
    }
  const usable = evidence.outcome === 'ok' || evidence.outcome === 'truncated' || (evidence.outcome === 'timeout' && evidence.stdout !== '')
  return { id, text: usable ? evidence.stdout : null, gap: gapOf(evidence, where, what) }
}

/** The text alone, for evidence whose absence is no gap of its own. */
export const textOf = (snapshot: Snapshot, id: string): string | null => read(snapshot, id, '', '').text
