/**
 * Who has the next hop's address: the neighbour table where it answers, else who on the segment would answer ARP or a neighbour
 * solicitation.
 */
import { equalIp, formatIp } from '../ip/index.js'
import type { Ip } from '../ip/types.js'
import type { Graph, Namespace } from '../model/graph.js'
import type { Link } from '../model/link.js'
import type { Gap, Ref } from '../model/refs.js'
import { isUplink, segmentOf } from './segment.js'
import type { Choose } from './types.js'

export type Resolved =
  | { readonly kind: 'mac'; readonly mac: string; readonly observed: boolean; readonly refs: readonly Ref[]; readonly text: string }
  /** the segment goes on beyond an uplink; nobody we see has the address */
  | { readonly kind: 'beyond'; readonly refs: readonly Ref[]; readonly text: string; readonly mac: string | null }
  | { readonly kind: 'unseen'; readonly gap: Gap; readonly refs: readonly Ref[]; readonly links: readonly Link[] }
  | { readonly kind: 'unreachable'; readonly refs: readonly Ref[]; readonly text: string }

const USABLE = /^(REACHABLE|STALE|DELAY|PROBE|PERMANENT|NOARP)$/

/**
 * An IPv4 host answers ARP for any of its addresses on any device (arp_ignore 0, the weak host model); arp_ignore ≥ 1 wants the address
 * on the device that was asked. An IPv6 host listens only to the solicited-node groups of the device's own addresses.
 */
const answersFor = (graph: Graph, owner: Link, ip: Ip): Ref | null => {
  const own = owner.addresses.find((address) => equalIp(address.ip, ip) && !address.flags.includes('tentative'))
  if (own) return own.ref
  const ns = graph.namespaces.get(owner.ns)
  if (ip.family === 6 || !ns) return null
  const ignore = ['all', owner.name.replaceAll('.', '/')].map((dev) => Number(ns.sysctls.get(`net.ipv4.conf.${dev}.arp_ignore`)?.value ?? 0))
  if (Math.max(...ignore) > 0) return null
  for (const link of ns.links) {
    if (link.kind === 'loopback' && ip.family === 4 && ip.value >>> 24 === 127) continue
    const address = link.addresses.find((candidate) => equalIp(candidate.ip, ip) && candidate.scope !== 'host')
    if (address) return address.ref
  }
  return null
}

export const resolveNeighbour = (graph: Graph, ns: Namespace, dev: Link, ip: Ip, choose: Choose): Resolved => {
  const text = formatIp(ip)
  const entry = ns.neighbours.find((neighbour) => neighbour.dev === dev.name && equalIp(neighbour.ip, ip) && !neighbour.proxy)
  if (entry?.mac && entry.states.some((state) => USABLE.test(state)))
    return { kind: 'mac', mac: entry.mac, observed: true, refs: [entry.ref], text: `${text} is at ${entry.mac}` }

  const segment = segmentOf(graph, dev)
  const answers = segment.owners.flatMap((owner) => {
    const ref = answersFor(graph, owner, ip)
    return ref && owner.mac ? [{ owner, ref, mac: owner.mac }] : []
  })
  const distinct = answers.filter((answer, index) => answers.findIndex((other) => other.mac === answer.mac) === index)
  if (distinct.length > 0) {
    const names = distinct.map((answer) => `${answer.owner.name} of ${graph.namespaces.get(answer.owner.ns)?.name ?? answer.owner.ns}`)
    const picked = distinct.length === 1 ? 0 : choose(`who answers ARP for ${text} on ${dev.name}`, names)
    const answer = distinct[picked]
    if (answer) return { kind: 'mac', mac: answer.mac, observed: false, refs: [answer.ref], text: `${text} is ${names[picked] ?? ''}` }
  }
  const failed = entry?.states.includes('FAILED') === true
  if (segment.uplinks.length > 0 || isUplink(graph, dev)) {
    if (failed && entry) return { kind: 'unreachable', refs: [entry.ref], text: `${text} did not answer when it was last asked (FAILED)` }
    return { kind: 'beyond', refs: [], text: `${text} is beyond ${segment.uplinks[0]?.name ?? dev.name}`, mac: null }
  }
  if (segment.unseen.length > 0) {
    const names = segment.unseen.map((link) => link.name).join(', ')
    return {
      kind: 'unseen',
      refs: [],
      links: segment.unseen,
      gap: {
        about: `who has ${text} behind ${names}: the other end could not be seen`,
        because: 'denied',
        remedy: 'run netmap as root, so that it can read every network namespace',
      },
    }
  }
  return { kind: 'unreachable', refs: entry ? [entry.ref] : [], text: `nobody on ${dev.name} has ${text}` }
}
