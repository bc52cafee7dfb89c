/** The sentence that can be read alone: what became of the packet, in the words of who asked. */
import type { End } from '../../datapath/walk.js'
import { flowView } from '../../datapath/flow.js'
import type { Packet } from '../../datapath/types.js'
import { equalIp } from '../../ip/index.js'
import type { Graph, Namespace } from '../../model/graph.js'
import type { Link } from '../../model/link.js'

const endpoint = (ip: string, port: number | null): string => (port === null ? ip : ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)

export const verdict = (graph: Graph, sent: Packet, done: End): string => {
  const { packet } = done
  const view = flowView(packet)
  const translated = equalIp(sent.dst, packet.dst) && sent.dport === packet.dport ? '' : ` at ${endpoint(view.dst, view.dport)}`
  const seenAs = equalIp(sent.src, packet.src) ? '' : `  ${view.dst} sees ${view.src}.`
  switch (done.disposition) {
    case 'delivered':
      return `delivered to ${done.ns.name}${translated}${done.listener ? ` (${done.listener})` : ''}.${seenAs}`
    case 'exits':
      return done.nextHop && done.nextHop !== view.dst
        ? `leaves for ${done.nextHop} by ${done.link?.name ?? '?'}.${seenAs}`
        : `leaves by ${done.link?.name ?? '?'}, on link.${seenAs}`
    case 'denied':
      return `dropped: ${networks(graph, done) ?? done.detail}`
    case 'rejected':
      return `rejected: ${done.detail}${done.reject?.errno ? `; the sender sees ${done.reject.errno}` : ''}`
    case 'insufficient-info':
      return `cannot tell: ${done.detail}`
    case 'no-listener':
      return packet.dport === null ? done.detail : `${done.detail}${translated === '' || done.detail.includes(view.dst) ? '' : translated}`
    default:
      return `${done.disposition}: ${done.detail}`
  }
}

const bridgeName = (link: Link | null): string | null => (link?.kind === 'bridge' ? link.name : null)

/** Docker's isolation, said the way a Docker user knows it. */
const networks = (graph: Graph, done: End): string | null => {
  const from = networkOf(graph, done.ns, bridgeName(done.packet.iif))
  const to = networkOf(graph, done.ns, bridgeName(done.packet.oif))
  if (!from || !to || from === to || !done.by?.chain.startsWith('DOCKER')) return null
  return `networks \`${from}\` and \`${to}\` are isolated from each other`
}

const networkOf = (graph: Graph, ns: Namespace, bridge: string | null): string | null =>
  bridge === null || ns.kind !== 'host' ? null : (graph.networks.find((network) => network.bridge === bridge)?.name ?? null)

/** A way out that breaks nothing, where there is one. */
export const remedy = (graph: Graph, done: End): string | null => {
  if (done.disposition === 'denied') {
    const from = networkOf(graph, done.ns, bridgeName(done.packet.iif))
    const to = networkOf(graph, done.ns, bridgeName(done.packet.oif))
    if (from && to && from !== to && done.by?.chain.startsWith('DOCKER')) {
      const there = graph.containers.find((one) => one.endpoints.some((at) => [at.ip4, at.ip6].some((ip) => ip && equalIp(ip, done.packet.dst))))
      return there ? `docker network connect ${from} ${there.name}` : null
    }
  }
  if (done.disposition === 'no-listener' && done.packet.dport !== null) {
    const ports = [...new Set((done.ns.listeners ?? []).map((one) => one.port))].slice(0, 8)
    return ports.length > 0 ? `listening in ${done.ns.name}: ${ports.join(', ')}` : null
  }
  return done.gap?.remedy ?? null
}
