/**
 * Evidence → graph, in three passes: entities (which namespaces there are, what is in them), names (engines, containers, `ip netns`), and
 * relations (whose peer is whose). In: a snapshot. Out: the graph that every query reads. Nothing inside a namespace is parsed before
 * somebody looks at it.
 */
import type { Snapshot } from '../evidence/types.js'
import type { Container, DockerNetwork, Engine } from '../model/docker.js'
import type { Graph, Namespace } from '../model/graph.js'
import { type Link, type LinkId, linkId, type NsId } from '../model/link.js'
import type { Gap } from '../model/refs.js'
import type { Relay } from '../model/socket.js'
import { parseRelays } from '../parse/relay.js'
import { placeContainers } from './containers.js'
import { type Discovered, discovered } from './discovered.js'
import { readEngine } from './engine.js'
import { textOf } from './evidence.js'
import { lazyMap, once } from './lazy.js'
import { machineGaps } from './machine-gaps.js'
import { nameAll } from './names.js'
import { namespaceOf } from './namespace.js'
import { nsidsOf } from './nsids.js'
import { peersOf } from './peers.js'
import { processesOf } from './processes.js'

interface MachinePart {
  readonly namespaces: readonly Namespace[]
  readonly containers: readonly Container[]
  readonly containerNamespace: ReadonlyMap<string, NsId>
  readonly networks: readonly DockerNetwork[]
  readonly engine: Engine | null
  readonly relays: () => readonly Relay[]
  readonly gaps: readonly Gap[]
}

const idOf = (found: Discovered): NsId => `${found.machine}/${found.folder}`

/** Docker mounts namespaces at SandboxKey, which it spells with /var/run; mount tables say /run. */
const mountKey = (path: string): string => path.replace(/^\/var\/run\//, '/run/')

const machinePart = (snapshot: Snapshot, machine: string): MachinePart => {
  const all = discovered(snapshot, machine)
  const processes = processesOf(snapshot, machine)
  const engine = readEngine(snapshot, machine)
  const byPid = new Map<number, NsId>()
  const byInode = new Map<number, NsId>()
  const byName = new Map<string, NsId>()
  const byMount = new Map<string, NsId>()
  for (const found of all) {
    for (const pid of found.pids) byPid.set(pid, idOf(found))
    if (found.inode !== null) byInode.set(found.inode, idOf(found))
    for (const name of found.names) byName.set(name, idOf(found))
    for (const how of found.foundBy) byMount.set(mountKey(how), idOf(found))
  }
  const hostId = all.find((found) => found.folder === 'host')
  const placed = placeContainers(engine.containers, {
    processes,
    namespaceOfPid: (pid) => byPid.get(pid) ?? null,
    hostId: hostId ? idOf(hostId) : null,
    namespaceOfMount: (path) => byMount.get(mountKey(path)) ?? null,
  })
  const containersOf = new Map<NsId, Container[]>()
  for (const container of engine.containers) {
    const ns = placed.namespaceOf.get(container.id)
    if (ns !== undefined) containersOf.set(ns, [...(containersOf.get(ns) ?? []), container])
  }
  const nsidContext = {
    snapshot,
    machine,
    byInode: (inode: number) => byInode.get(inode) ?? null,
    byName: (name: string) => byName.get(name) ?? null,
  }
  const namespaces = nameAll(all, (id) => containersOf.get(id) ?? []).map(({ id, found, name, kind, containers, aliases }) =>
    namespaceOf(snapshot, {
      id,
      machine,
      folder: found.folder,
      name,
      kind,
      inode: found.inode,
      foundBy: found.foundBy,
      containers,
      aliases,
      residents: once(() =>
        found.pids
          .toSorted((a, b) => a - b)
          .map((pid) => ({ pid, name: processes.nameOf(pid) ?? '', parent: processes.parentOf(pid) ?? 0 })),
      ),
      nsids: once(() => nsidsOf(nsidContext, id, kind === 'host')),
      ownersOf: processes.ownersOf,
    }),
  )
  const relayFile = `${machine}/relay-cmdlines.txt`
  return {
    namespaces,
    containers: engine.containers,
    containerNamespace: placed.namespaceOf,
    networks: engine.networks,
    engine: engine.engine,
    relays: once(() => parseRelays(textOf(snapshot, relayFile) ?? '', relayFile, (pid) => byPid.get(pid) ?? null)),
    gaps: [...machineGaps(snapshot, machine), ...engine.gaps, ...placed.gaps],
  }
}

export const buildGraph = (snapshot: Snapshot): Graph => {
  const parts = snapshot.machines.filter((machine) => machine.platform === 'linux').map((machine) => machinePart(snapshot, machine.id))
  const namespaces = new Map(parts.flatMap((part) => part.namespaces.map((ns) => [ns.id, ns] as const)))
  const indexes = new Map<NsId, ReadonlyMap<number, Link>>()
  const find = (id: NsId, index: number): Link | undefined => {
    const byIndex = indexes.get(id) ?? new Map((namespaces.get(id)?.links ?? []).map((link) => [link.index, link] as const))
    indexes.set(id, byIndex)
    return byIndex.get(index)
  }
  const links = lazyMap<Link>(
    (id: LinkId) => find(id.slice(0, id.lastIndexOf('#')), Number(id.slice(id.lastIndexOf('#') + 1))),
    function* () {
      for (const ns of namespaces.values()) for (const link of ns.links) yield linkId(link.ns, link.index)
    },
  )
  return {
    snapshot,
    machines: snapshot.machines,
    namespaces,
    links,
    peers: peersOf({ namespaces, find }),
    containers: parts.flatMap((part) => part.containers),
    containerNamespace: new Map(parts.flatMap((part) => [...part.containerNamespace])),
    networks: parts.flatMap((part) => part.networks),
    engines: parts.flatMap((part) => (part.engine ? [part.engine] : [])),
    get relays() {
      return parts.flatMap((part) => part.relays())
    },
    gaps: parts.flatMap((part) => part.gaps),
  }
}
