/**
 * Which probes are worth running next, given the evidence so far. Pure: the host runs them and asks again, until this says nothing more.
 *
 * Round 1: who the machine is, its processes, its engine, and netmap's own namespace. Round 2: what Docker knows of its containers, mount
 * tables, and every namespace found so far. Round 3: namespaces that only a mount or a file descriptor keeps, and NSID tables where links
 * lead from one of them to another.
 */
import type { Probe, Question, Snapshot } from '../evidence/types.js'
import type { Bounds } from './probe.js'
import { discoveryProbes, dockerDetailProbes, mountinfoProbe } from './linux/discovery.js'
import { namespaceProbes, nsidProbe } from './linux/namespace.js'
import { type KnownNamespace, knownNamespaces, mountLeaders } from './linux/namespaces.js'
import { wantedFolders } from './question.js'

export interface PlanOptions extends Bounds {
  /** also look at /proc/PID/task: threads that entered a namespace alone; costly */
  readonly tasks: boolean
}

export const LINUX = 'linux'

const ids = (snapshot: Snapshot, id: string): readonly string[] => (snapshot.evidence.get(id)?.stdout ?? '').split('\n').filter((line) => /^[0-9a-z]{12,64}$/.test(line))

/** Which namespaces have links whose other end is in a namespace that the host's own table does not name. */
const leadElsewhere = (snapshot: Snapshot, namespaces: readonly KnownNamespace[]): readonly KnownNamespace[] => {
  const host = snapshot.evidence.get(`${LINUX}/host/ip-link.json`)?.stdout ?? ''
  const pairedWithHost = new Set<string>()
  for (const [, index] of host.matchAll(/"link_index":(\d+)/g)) pairedWithHost.add(index ?? '')
  return namespaces.filter(({ folder }) => {
    if (folder === 'host') return false
    const links = snapshot.evidence.get(`${LINUX}/${folder}/ip-link.json`)?.stdout ?? ''
    const crossing = [...links.matchAll(/\{"ifindex":(\d+),"link_index":(\d+)[^{}]*/g)]
    /** one link, tied to the host by an index the host's own links name back, needs no table of its own */
    return crossing.length > 1 || crossing.some(([, index]) => !pairedWithHost.has(index ?? ''))
  })
}

export const plan = (snapshot: Snapshot, question: Question, options: PlanOptions): readonly Probe[] => {
  const asked = snapshot.evidence
  if (!asked.has(`${LINUX}/netns-procs.txt`))
    return [...discoveryProbes(LINUX, options, options.tasks), ...namespaceProbes(LINUX, 'host', null, options), nsidProbe(LINUX, 'host', null, options)]
  const namespaces = knownNamespaces(snapshot, LINUX)
  const wanted = wantedFolders(snapshot, question, namespaces, LINUX)
  const folders = wanted === 'all' ? namespaces : namespaces.filter(({ folder }) => wanted.has(folder))
  const details = dockerDetailProbes(LINUX, { containers: ids(snapshot, `${LINUX}/docker-ps.txt`), networks: ids(snapshot, `${LINUX}/docker-networks.txt`) }, options)
  const next = [
    ...details,
    ...mountLeaders(snapshot, LINUX).map((pid) => mountinfoProbe(LINUX, pid, options)),
    ...folders.flatMap(({ folder, enter }) => namespaceProbes(LINUX, folder, enter, options)),
    ...(folders.every(({ folder }) => asked.has(`${LINUX}/${folder}/ip-link.json`)) ? leadElsewhere(snapshot, folders).map(({ folder, enter }) => nsidProbe(LINUX, folder, enter, options)) : []),
  ]
  return next.filter((probe) => !asked.has(probe.id))
}
