/** What the container engine says of itself. In: a snapshot. Out: the engine, its networks and containers, and what it did not answer. */
import type { Snapshot } from '../evidence/types.js'
import type { Container, DockerNetwork, Engine } from '../model/docker.js'
import type { Gap } from '../model/refs.js'
import { parseDockerInspect } from '../parse/docker-inspect.js'
import { parseDockerNetworks, parseEngine } from '../parse/docker-network.js'
import { gapOf, textOf } from './evidence.js'

export interface EngineFacts {
  readonly engine: Engine | null
  readonly containers: readonly Container[]
  readonly networks: readonly DockerNetwork[]
  readonly gaps: readonly Gap[]
}

export const readEngine = (snapshot: Snapshot, machine: string): EngineFacts => {
  const file = (name: string): string => `${machine}/${name}`
  const text = (name: string): string => textOf(snapshot, file(name)) ?? ''
  const containers = parseDockerInspect(text('docker-inspect.json'), file('docker-inspect.json'))
  const networks = parseDockerNetworks(text('docker-network-inspect.json'), file('docker-network-inspect.json'))
  return {
    engine: parseEngine(text('docker-version.json'), text('docker-info.json'), file('docker-version.json')),
    containers: containers.facts,
    networks: networks.facts,
    gaps: [...silence(snapshot, machine), ...containers.gaps, ...networks.gaps],
  }
}

const WHAT: readonly (readonly [file: string, what: string])[] = [
  ['docker-version.json', 'what the Docker Engine is'],
  ['docker-info.json', 'how the Docker Engine is set up'],
  ['docker-network-inspect.json', 'the Docker networks'],
  ['docker-inspect.json', 'the containers'],
]

/** No docker command on a host is a host without Docker: no gap. A daemon that does not answer hides containers: one gap. */
const silence = (snapshot: Snapshot, machine: string): readonly Gap[] => {
  for (const [name, what] of WHAT) {
    const evidence = snapshot.evidence.get(`${machine}/${name}`)
    if (!evidence || evidence.outcome === 'missing-tool') continue
    const gap = gapOf(evidence, machine, what)
    if (!gap) continue
    if (/permission denied/i.test(evidence.stderr))
      return [{ ...gap, because: 'denied', remedy: 'run netmap as root, or as a member of the docker group' }]
    if (/cannot connect|is the docker daemon running|no such file/i.test(evidence.stderr)) return []
    return [gap]
  }
  return []
}
