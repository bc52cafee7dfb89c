/** What could not be learnt about a machine as a whole. In: a snapshot. Out: one gap per cause, in words about networks and processes. */
import type { Snapshot } from '../evidence/types.js'
import type { Gap } from '../model/refs.js'
import { gapOf } from './evidence.js'

const FILES: readonly (readonly [file: string, what: string])[] = [
  ['netns-procs.txt', 'the network namespaces of other users’ processes'],
  ['fds.txt', 'the open files of other users’ processes (who holds a socket or a namespace)'],
  ['relay-cmdlines.txt', 'the command lines of relay processes'],
]

export const machineGaps = (snapshot: Snapshot, machine: string): readonly Gap[] =>
  FILES.flatMap(([name, what]) => {
    const evidence = snapshot.evidence.get(`${machine}/${name}`)
    if (!evidence) return []
    const denied = /permission denied/i.test(evidence.stderr)
    // stat and readlink fail for processes that ended meanwhile: only a refusal hides something
    if (evidence.outcome === 'failed' && !denied) return []
    const gap = gapOf(denied && evidence.outcome !== 'timeout' ? { ...evidence, outcome: 'denied' } : evidence, machine, what)
    return gap ? [gap] : []
  })
