/** What could not be learnt about a machine as a whole. In: a snapshot. Out: one gap per cause, in words about networks and processes. */
import type { Snapshot } from '../evidence/types.js'
import type { Gap } from '../model/refs.js'
import { gapOf, textOf } from './evidence.js'

/** An ordinary user sees its own processes and no other's: what is hidden is counted, since each may be a namespace of its own. */
const hidden = (snapshot: Snapshot, machine: string): readonly Gap[] => {
  if (textOf(snapshot, `${machine}/id.txt`)?.trim() === '0') return []
  const procs = textOf(snapshot, `${machine}/netns-procs.txt`)
  const ps = textOf(snapshot, `${machine}/ps.txt`)
  if (procs === null || ps === null) return []
  const seen = procs.split('\n').filter((line) => /^\/proc\/\d+\/ns\/net /.test(line)).length
  const all = ps.split('\n').filter((line) => line.trim() !== '').length
  if (seen >= all) return []
  return [
    {
      about: `the network namespaces of ${all - seen} processes of other users, and what they hold open`,
      because: 'denied',
      remedy: 'run netmap as root (sudo netmap …)',
      evidence: [`${machine}/netns-procs.txt`],
    },
  ]
}

const FILES: readonly (readonly [file: string, what: string])[] = [
  ['netns-procs.txt', 'the network namespaces of processes'],
  ['fds.txt', 'the open files of processes (who holds a socket or a namespace)'],
  ['relay-cmdlines.txt', 'the command lines of relay processes'],
]

export const machineGaps = (snapshot: Snapshot, machine: string): readonly Gap[] => [
  ...FILES.flatMap(([name, what]) => {
    const evidence = snapshot.evidence.get(`${machine}/${name}`)
    const gap = evidence ? gapOf(evidence, machine, what) : null
    return gap ? [gap] : []
  }),
  ...hidden(snapshot, machine),
]
