/** The graph: what every query reads. Built once by src/topology from facts; never changed afterwards. */
import type { Machine, Snapshot } from '../evidence/types.js'
import type { Container, DockerNetwork, Engine } from './docker.js'
import type { Link, LinkId, NsId } from './link.js'
import type { Gap, Ref } from './refs.js'
import type { FdbEntry, Neighbour, PolicyRule, PortVlan, Route } from './route.js'
import type { NamedSet, RuleTable } from './rule.js'
import type { ConntrackEntry, Listener, Relay } from './socket.js'

export interface SysctlValue {
  readonly key: string
  readonly value: string
  readonly ref: Ref
}

export interface Resident {
  readonly pid: number
  readonly name: string
  /** 0 or absent: not seen */
  readonly parent?: number
}

export interface Namespace {
  readonly id: NsId
  readonly machine: string
  /** snapshot folder: "host", "net-4026532281" */
  readonly folder: string
  /** what people call it and what output uses: "host", a container's name, a netns name, else "net:[4026532281]". Unique in a graph. */
  readonly name: string
  readonly kind: 'host' | 'container' | 'named' | 'process' | 'other'
  /** nsfs inode; null when a recording does not tell */
  readonly inode: number | null
  /** how it was found: "process 4711", "/run/netns/blue", "fd 7 of 4711" … */
  readonly foundBy: readonly string[]
  readonly residents: readonly Resident[]
  /** ids of containers that live in it (more than one with --network container:X) */
  readonly containers: readonly string[]
  /** other names that mean it (netns names, other containers) */
  readonly aliases: readonly string[]
  /** false: known to exist, but its links could not be read; everything below is then empty and `gaps` says why */
  readonly readable: boolean
  readonly links: readonly Link[]
  readonly routes: readonly Route[]
  readonly rules: readonly PolicyRule[]
  readonly neighbours: readonly Neighbour[]
  readonly fdb: readonly FdbEntry[]
  readonly vlans: readonly PortVlan[]
  /** keys as sysctl prints them: "net.ipv4.conf.eth0.rp_filter" (a dot in a device name is written "/") */
  readonly sysctls: ReadonlyMap<string, SysctlValue>
  readonly tables: readonly RuleTable[]
  readonly ipsets: ReadonlyMap<string, NamedSet>
  /** null: not seen (which is not the same as none) */
  readonly listeners: readonly Listener[] | null
  readonly conntrack: readonly ConntrackEntry[] | null
  /** NSID → namespace, this namespace's own view; only what could be read */
  readonly nsids: ReadonlyMap<number, NsId>
  readonly gaps: readonly Gap[]
}

export interface Peer {
  readonly from: LinkId
  /** null: the other end is in a namespace that cannot be seen, or cannot be told */
  readonly to: LinkId | null
  /** namespace of the other end, where at least that is known */
  readonly toNamespace: NsId | null
  readonly certainty: 'confirmed' | 'inferred' | 'ambiguous'
  /** in words: "both ends name each other", "namespace not visible (not root)" … */
  readonly why: string
  readonly candidates: readonly LinkId[]
}

export interface Graph {
  readonly snapshot: Snapshot
  readonly machines: readonly Machine[]
  readonly namespaces: ReadonlyMap<NsId, Namespace>
  readonly links: ReadonlyMap<LinkId, Link>
  /** veth only, by either end */
  readonly peers: ReadonlyMap<LinkId, Peer>
  readonly containers: readonly Container[]
  /** namespace of each running container, by container id; absent when it could not be seen */
  readonly containerNamespace: ReadonlyMap<string, NsId>
  readonly networks: readonly DockerNetwork[]
  readonly engines: readonly Engine[]
  readonly relays: readonly Relay[]
  readonly gaps: readonly Gap[]
}
