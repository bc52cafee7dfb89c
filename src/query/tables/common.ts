/** What every table asks: which namespaces, what they are called, and which gaps are about what the table shows. */
import { cite } from '../../datapath/cite.js'
import type { Cite } from '../../datapath/types.js'
import { formatIp } from '../../ip/index.js'
import { closest } from '../../model/closest.js'
import type { Container, DockerNetwork } from '../../model/docker.js'
import type { Graph, Namespace } from '../../model/graph.js'
import type { Address, Link } from '../../model/link.js'
import type { Gap, Ref } from '../../model/refs.js'
import { UsageError } from '../trace/endpoint.js'

export interface TableQuestion {
  /** a namespace's name, alias, container or folder; null: all */
  readonly namespace?: string | null
}

export interface Answer {
  readonly gaps: readonly Gap[]
}

/** As `docker` takes names: a name of its own, another that means it, or the start of a container's id. */
const means = (ns: Namespace, name: string): boolean =>
  ns.name === name ||
  ns.aliases.includes(name) ||
  ns.folder === name ||
  (name.startsWith('netns:') && [ns.name, ...ns.aliases].includes(name.slice('netns:'.length))) ||
  (/^[0-9a-f]{4,64}$/.test(name) && ns.containers.some((id) => id.startsWith(name)))

export const pickNamespaces = (graph: Graph, question: TableQuestion): readonly Namespace[] => {
  const all = [...graph.namespaces.values()]
  const { namespace } = question
  if (namespace === undefined || namespace === null) return all
  const exact = all.filter((ns) => ns.name === namespace)
  const found = exact.length > 0 ? exact : all.filter((ns) => means(ns, namespace))
  if (found.length === 1) return found
  const known = all.flatMap((ns) => [ns.name, ...ns.aliases])
  if (found.length > 1) throw new UsageError(`"${namespace}" means ${found.length} namespaces: ${found.map((ns) => ns.name).join(', ')}`)
  const near = closest(namespace, known)
  throw new UsageError(
    `no namespace here is called "${namespace}"; there are: ${all.map((ns) => ns.name).join(', ')}`,
    near.map((name) => `did you mean ${name}?`),
  )
}

export const containersIn = (graph: Graph, ns: Namespace): readonly Container[] =>
  graph.containers.filter((container) => ns.containers.includes(container.id))

export const containerNames = (graph: Graph, ns: Namespace): readonly string[] => containersIn(graph, ns).map((container) => container.name)

/** The engine's network behind a bridge of the namespace that the engine works in. */
export const networkOfBridge = (graph: Graph, ns: Namespace | undefined, bridge: string | null): DockerNetwork | null =>
  bridge === null || ns?.kind !== 'host' ? null : (graph.networks.find((network) => network.bridge === bridge) ?? null)

export const addressText = (address: Address): string =>
  address.peer
    ? `${formatIp(address.ip)} peer ${formatIp(address.peer)}/${address.prefixLength}`
    : `${formatIp(address.ip)}/${address.prefixLength}`

/** The addresses people look for: link-local IPv6 only where there is no other. */
export const addressesOf = (link: Link): readonly string[] => {
  const wide = link.addresses.filter((address) => address.scope !== 'link')
  return (wide.length > 0 ? wide : link.addresses).map(addressText)
}

export const evidenceOf = (graph: Graph, ...refs: readonly Ref[]): readonly Cite[] => refs.map((ref) => cite(graph, ref))

/** Gaps about the files a table is made from, in the namespaces it shows, and about the machine as a whole. */
export const gapsAbout = (graph: Graph, namespaces: readonly Namespace[], files: readonly string[]): readonly Gap[] => {
  const relevant = (gap: Gap): boolean =>
    gap.evidence === undefined || gap.evidence.length === 0 || gap.evidence.some((id) => files.some((file) => id.endsWith(`/${file}`)))
  const all = [...graph.gaps.filter(relevant), ...namespaces.flatMap((ns) => ns.gaps.filter(relevant))]
  return all.filter((gap, index) => all.findIndex((other) => other.about === gap.about) === index)
}

export const DOCKER_FILES = ['docker-version.json', 'docker-info.json', 'docker-inspect.json', 'docker-network-inspect.json'] as const
