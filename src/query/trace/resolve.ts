/**
 * Endpoints → namespaces and addresses on this host. In: the graph and what the user wrote. Out: where a packet starts, or which address
 * it is sent to; a name that means nothing, or two things, is a usage error that lists what exists.
 */
import { equalIp, formatIp, isLinkLocal } from '../../ip/index.js'
import type { Family, Ip } from '../../ip/types.js'
import type { Container } from '../../model/docker.js'
import type { Graph, Namespace } from '../../model/graph.js'
import type { Link } from '../../model/link.js'
import { closest } from '../../model/closest.js'
import { type Endpoint, UsageError } from './endpoint.js'

export type Source =
  | { readonly kind: 'inside'; readonly ns: Namespace; readonly label: string }
  /** a packet that arrives at the outermost NIC */
  | { readonly kind: 'outside'; readonly label: string; readonly ip: Ip | null }
  /** known to exist, but its namespace could not be read */
  | { readonly kind: 'unseen'; readonly label: string; readonly why: string; readonly remedy: string; readonly folder: string | null }

export const hostNamespace = (graph: Graph): Namespace | null => [...graph.namespaces.values()].find((ns) => ns.kind === 'host') ?? null

const names = (graph: Graph): readonly string[] => [
  ...graph.containers.map((container) => container.name),
  ...graph.containers.flatMap((container) => (container.compose ? [`${container.compose.project}/${container.compose.service}`] : [])),
  ...[...graph.namespaces.values()].filter((ns) => ns.kind === 'named').map((ns) => `netns:${ns.name}`),
  'host',
  'internet',
]

const serviceOf = (container: Container): string | null =>
  container.compose ? `${container.compose.project}/${container.compose.service}` : null

/** Exact name, then compose project/service, then bare service, then id prefix (from 2 characters, as docker takes any unambiguous one). */
export const findContainer = (graph: Graph, name: string): Container | null => {
  const by = (test: (container: Container) => boolean): readonly Container[] => graph.containers.filter(test)
  const tiers = [
    by((container) => container.name === name || container.id === name),
    by((container) => serviceOf(container) === name),
    by((container) => container.compose?.service === name),
    /^[0-9a-f]{2,64}$/.test(name) ? by((container) => container.id.startsWith(name)) : [],
  ]
  const found = tiers.find((tier) => tier.length > 0) ?? []
  if (found.length > 1)
    throw new UsageError(`"${name}" means ${found.length} containers: ${found.map((container) => `${container.name} (${container.id.slice(0, 12)})`).join(', ')}`, [
      `name one of them: ${found[0]?.name ?? ''}`,
    ])
  return found[0] ?? null
}

const unknownName = (graph: Graph, name: string): UsageError => {
  const known = names(graph)
  const near = closest(name, known)
  const what = graph.containers.length > 0 ? `containers here: ${graph.containers.map((container) => container.name).join(', ')}` : 'no container was seen on this host'
  return new UsageError(`nothing here is called "${name}"; ${what}`, near.length > 0 ? near.map((one) => `did you mean ${one}?`) : ['netmap namespaces', 'an address, such as 8.8.8.8'])
}

export const notRunning = (container: Container): UsageError =>
  new UsageError(`container ${container.name} is ${container.state}: it has no network namespace now`, [`docker start ${container.name}`])

const running = (container: Container): boolean => /^(running|paused|restarting)$/.test(container.state)

const inside = (ns: Namespace, label: string): Source =>
  ns.readable
    ? { kind: 'inside', ns, label }
    : { kind: 'unseen', label, why: ns.gaps[0]?.about ?? `the network namespace of ${label} could not be read`, remedy: ns.gaps[0]?.remedy ?? 'run netmap as root', folder: ns.folder }

export const namespaceOfContainer = (graph: Graph, container: Container): Namespace | null => {
  const id = graph.containerNamespace.get(container.id)
  return id === undefined ? null : (graph.namespaces.get(id) ?? null)
}

export const resolveSource = (graph: Graph, from: Endpoint): Source => {
  const { target } = from
  switch (target.kind) {
    case 'host': {
      const ns = hostNamespace(graph)
      if (!ns) throw new UsageError('this snapshot holds no host namespace')
      return inside(ns, 'host')
    }
    case 'internet':
      return { kind: 'outside', label: 'internet', ip: null }
    case 'netns': {
      const ns = byName(graph, target.name)
      if (!ns) throw unknownName(graph, `netns:${target.name}`)
      return inside(ns, ns.name)
    }
    case 'pid': {
      const ns = [...graph.namespaces.values()].find((candidate) => candidate.residents.some((resident) => resident.pid === target.pid))
      if (!ns) throw new UsageError(`no process ${target.pid} was seen on this host`, ['ps ax'])
      return inside(ns, ns.name)
    }
    case 'address': {
      const owner = ownerOf(graph, target.ip)
      return owner ? inside(owner, from.text) : { kind: 'outside', label: from.text, ip: target.ip }
    }
    case 'name': {
      const container = findContainer(graph, target.name)
      if (!container) {
        const ns = byName(graph, target.name)
        if (ns) return inside(ns, ns.name)
        throw unknownName(graph, target.name)
      }
      if (!running(container)) throw notRunning(container)
      const ns = namespaceOfContainer(graph, container)
      if (ns) return inside(ns, container.name)
      return { kind: 'unseen', label: container.name, why: `the network namespace of container ${container.name} could not be seen`, remedy: 'run netmap as root, on the machine where the engine runs', folder: null }
    }
  }
}

const byName = (graph: Graph, name: string): Namespace | null =>
  [...graph.namespaces.values()].find((ns) => ns.name === name || ns.aliases.includes(name) || ns.folder === name) ?? null

/** Loopback and link-local addresses are everybody's: they name no owner. */
const ownerOf = (graph: Graph, ip: Ip): Namespace | null =>
  isLinkLocal(ip) || (ip.family === 4 && ip.value >>> 24 === 127)
    ? null
    : ([...graph.namespaces.values()].find((ns) => ns.links.some((link) => link.addresses.some((address) => equalIp(address.ip, ip)))) ?? null)

/** The device that the host's default route leaves by; else any NIC that could be one. */
export const outermost = (graph: Graph, ns: Namespace, family: Family): { readonly link: Link; readonly gateway: Ip | null } | null => {
  const defaults = ns.routes
    .filter((route) => route.family === family && route.dst.length === 0 && route.type === 'unicast' && route.table !== 'local')
    .toSorted((a, b) => Number(a.table !== 'main') - Number(b.table !== 'main') || a.metric - b.metric)
  for (const route of defaults) {
    const leg = route.nexthops[0]
    const link = ns.links.find((candidate) => candidate.name === leg?.dev)
    if (link) return { link, gateway: leg?.via ?? null }
  }
  const nic = ns.links.find((link) => link.kind === 'physical' && link.addresses.some((address) => address.ip.family === family))
  return nic ? { link: nic, gateway: null } : null
}

export const firstAddress = (link: Link, family: Family): Ip | null =>
  (link.addresses.find((address) => address.ip.family === family && address.scope === 'global' && !address.flags.includes('secondary')) ??
    link.addresses.find((address) => address.ip.family === family && address.scope === 'global'))?.ip ?? null

/**
 * The address that a name means for this source: what its resolver would say. A container on a network that the source is on too is
 * known by its address there; otherwise its first one. `host` is the source's own gateway where that is an address of the host.
 */
export const resolveTarget = (graph: Graph, to: Endpoint, source: Source, wanted: Family | null): { readonly ip: Ip; readonly label: string } => {
  const { target } = to
  const family: Family = wanted ?? 4
  switch (target.kind) {
    case 'address':
      if (wanted && wanted !== target.ip.family) throw new UsageError(`${formatIp(target.ip)} is an IPv${target.ip.family} address, but IPv${wanted} was asked for`)
      return { ip: target.ip, label: to.text }
    case 'internet':
      return { ip: publicAddress(family), label: 'internet' }
    case 'host': {
      const host = hostNamespace(graph)
      if (!host) throw new UsageError('this snapshot holds no host namespace')
      return { ip: hostAddress(graph, host, source, family), label: 'host' }
    }
    case 'netns':
    case 'pid': {
      const there = resolveSource(graph, to)
      if (there.kind !== 'inside') throw new UsageError(`"${to.text}" has no address that could be seen`)
      return { ip: addressOf(there.ns, family, to.text), label: to.text }
    }
    case 'name':
      return named(graph, target.name, to, source, wanted)
  }
}

/** Google's resolvers, as in every article about this: a stand-in for "any public address". */
const publicAddress = (family: Family): Ip =>
  family === 4 ? { family: 4, value: 0x08080808 } : { family: 6, value: 0x20014860486000000000000000008888n }

const addressOf = (ns: Namespace, family: Family, label: string): Ip => {
  for (const link of ns.links) {
    const ip = link.kind === 'loopback' ? null : firstAddress(link, family)
    if (ip) return ip
  }
  throw new UsageError(`${label} has no IPv${family} address`)
}

const hostAddress = (graph: Graph, host: Namespace, source: Source, family: Family): Ip => {
  if (source.kind === 'inside' && source.ns.id === host.id) return family === 4 ? { family: 4, value: 0x7f000001 } : { family: 6, value: 1n }
  if (source.kind === 'inside') {
    const gateway = outermost(graph, source.ns, family)?.gateway
    if (gateway && host.links.some((link) => link.addresses.some((address) => equalIp(address.ip, gateway)))) return gateway
  }
  const nic = outermost(graph, host, family)
  const ip = nic ? firstAddress(nic.link, family) : null
  return ip ?? addressOf(host, family, 'host')
}

const named = (graph: Graph, name: string, to: Endpoint, source: Source, wanted: Family | null): { readonly ip: Ip; readonly label: string } => {
  const container = findContainer(graph, name) ?? aliased(graph, name, source)
  if (!container) {
    const ns = byName(graph, name)
    if (ns) return { ip: addressOf(ns, wanted ?? 4, name), label: to.text }
    throw /\./.test(name)
      ? new UsageError(`netmap sends no DNS query to resolve "${name}"`, [`getent hosts ${name}`, 'then ask for one of the addresses'])
      : unknownName(graph, name)
  }
  if (!running(container)) throw notRunning(container)
  const families: readonly Family[] = wanted ? [wanted] : [4, 6]
  const shared = sharedWith(graph, container, source)
  for (const family of families) {
    for (const endpoint of [...shared, ...container.endpoints]) {
      const ip = family === 4 ? endpoint.ip4 : endpoint.ip6
      if (ip) return { ip, label: to.text }
    }
  }
  const ns = namespaceOfContainer(graph, container)
  if (container.networkMode === 'host') return { ip: hostAddress(graph, ns ?? hostOr(graph), source, families[0] ?? 4), label: to.text }
  if (ns) return { ip: addressOf(ns, families[0] ?? 4, container.name), label: to.text }
  throw new UsageError(`container ${container.name} has no ${wanted ? `IPv${wanted} ` : ''}address (network mode ${container.networkMode})`)
}

const hostOr = (graph: Graph): Namespace => {
  const host = hostNamespace(graph)
  if (!host) throw new UsageError('this snapshot holds no host namespace')
  return host
}

const sourceContainers = (graph: Graph, source: Source): readonly Container[] =>
  source.kind === 'inside' ? graph.containers.filter((container) => graph.containerNamespace.get(container.id) === source.ns.id) : []

const sharedWith = (graph: Graph, container: Container, source: Source) => {
  const mine = new Set(sourceContainers(graph, source).flatMap((one) => one.endpoints.map((endpoint) => endpoint.networkId)))
  return container.endpoints.filter((endpoint) => mine.has(endpoint.networkId))
}

/** Network aliases, which Docker's DNS answers only to containers on that network. */
const aliased = (graph: Graph, name: string, source: Source): Container | null =>
  graph.containers.find((container) => sharedWith(graph, container, source).some((endpoint) => endpoint.aliases.includes(name))) ?? null
