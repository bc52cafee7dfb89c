/**
 * A routed packet reaches its device: the next hop's MAC, then what this kind of device does with a frame.
 * Kernel: net/ipv4/ip_output.c:ip_finish_output2, then each driver's ndo_start_xmit.
 */
import { formatIp } from '../ip/index.js'
import type { Ip } from '../ip/types.js'
import type { Namespace } from '../model/graph.js'
import type { Link } from '../model/link.js'
import { hasCarrier, isUp } from '../model/link.js'
import { bridgeTransmit } from './bridge.js'
import { resolveNeighbour } from './neighbour.js'
import { childrenOf, isUplink, parentOf } from './segment.js'
import { ended, type Stage, type StageOf } from './stage.js'
import type { Packet } from './types.js'
import { addStep, at, drop, end, needs, needsOwner, peerOf, unknown, type Walk } from './walk.js'

const NO_NEIGHBOURS = /^(tun|wireguard|ipip|sit|gre|ip6tnl|vti|vti6|xfrm|loopback|ppp)$/

export const neighbourStage = (walk: Walk, stage: StageOf<'neighbour'>): Stage => {
  const { ns, dev, packet, leg } = stage
  at(walk, ns, dev)
  if (dev.kind === 'loopback') return { at: 'input', ns, iif: dev, packet, prerouted: false }
  if (!isUp(dev)) return ended(drop(walk, 'no-route', ns, packet, `${dev.name} is down`, [dev.ref], { link: dev }))
  const target = leg?.via ?? packet.dst
  if (NO_NEIGHBOURS.test(dev.kind) || dev.flags.includes('NOARP')) return { at: 'transmit', ns, dev, packet, nextHop: leg?.via ?? null }
  const found = resolveNeighbour(walk.graph, ns, dev, target, walk.choose)
  switch (found.kind) {
    case 'mac':
      addStep(walk, 'neighbour', found.text, 'resolved', found.refs, found.observed ? 'observed' : 'derived')
      return { at: 'transmit', ns, dev, packet: { ...packet, srcMac: dev.mac, dstMac: found.mac }, nextHop: target }
    case 'beyond':
      return { at: 'transmit', ns, dev, packet: { ...packet, srcMac: dev.mac, dstMac: null }, nextHop: target }
    case 'unseen':
      needsOwner(walk, found.links, target)
      return ended(unknown(walk, ns, packet, found.gap, found.refs))
    case 'unreachable':
      return ended(drop(walk, 'neighbour-unreachable', ns, packet, found.text, found.refs, { link: dev, nextHop: formatIp(target) }))
  }
}

/** The packet leaves everything netmap can see. */
export const leaves = (walk: Walk, ns: Namespace, dev: Link, packet: Packet, nextHop: Ip | null): Stage => {
  const via = nextHop ? formatIp(nextHop) : null
  addStep(walk, 'exit', via && via !== formatIp(packet.dst) ? `${dev.name} → ${via}` : `${dev.name}, on link`, 'exits', [dev.ref])
  return ended(end('exits', ns, packet, `leaves by ${dev.name}`, { link: dev, nextHop: via }))
}

export const transmitStage = (walk: Walk, stage: StageOf<'transmit'>): Stage => {
  const { ns, dev, packet, nextHop } = stage
  at(walk, ns, dev)
  if (!isUp(dev)) return ended(drop(walk, 'no-route', ns, packet, `${dev.name} is down`, [dev.ref], { link: dev }))
  if (dev.kind === 'bridge') return bridgeTransmit(walk, ns, dev, packet, nextHop)
  if (isUplink(walk.graph, dev)) {
    const child = packet.dstMac === null ? undefined : childrenOf(walk.graph, dev).find((link) => link.mac === packet.dstMac)
    if (child) return ended(drop(walk, 'neighbour-unreachable', ns, packet, `${dev.name} never reaches its own ${child.kind} ${child.name}`, [child.ref]))
    if (!hasCarrier(dev)) return ended(drop(walk, 'no-route', ns, packet, `${dev.name} has no carrier`, [dev.ref], { link: dev }))
    return leaves(walk, ns, dev, packet, nextHop)
  }
  switch (dev.kind) {
    case 'veth':
      return vethTransmit(walk, ns, dev, packet)
    case 'macvlan':
    case 'macvtap':
      return macvlanTransmit(walk, ns, dev, packet, nextHop)
    default:
      return ended(
        unknown(walk, ns, packet, {
          about: `what happens to a packet on ${dev.name}, a ${dev.kind} device`,
          because: 'unsupported',
          remedy: `ip -d link show ${dev.name}`,
        }, [dev.ref]),
      )
  }
}

/** drivers/net/veth.c: the frame appears on the other end; longer than that end's MTU, it is dropped and nobody is told. */
const vethTransmit = (walk: Walk, ns: Namespace, dev: Link, packet: Packet): Stage => {
  const peer = peerOf(walk, dev)
  const other = peer?.to ? walk.graph.links.get(peer.to) : undefined
  const there = other ? walk.graph.namespaces.get(other.ns) : undefined
  if (!other) needs(walk, dev)
  if (!peer || !other || !there)
    return ended(
      unknown(walk, ns, packet, {
        about: `where ${dev.name} of ${ns.name} leads: ${peer?.why ?? 'its other end was not found'}`,
        because: 'denied',
        remedy: 'run netmap as root, so that it can read every network namespace',
      }, [dev.ref]),
    )
  if (peer.certainty === 'ambiguous')
    return ended(unknown(walk, ns, packet, { about: `which link is the other end of ${dev.name}: ${peer.why}`, because: 'not-recorded', remedy: 'lsns -t net -o NS,NETNSID' }))
  if (!isUp(other)) return ended(drop(walk, 'no-route', there, packet, `${other.name}, the other end of ${dev.name}, is down`, [other.ref]))
  if (packet.length > other.mtu)
    return ended(
      drop(walk, 'too-big', there, packet, `${packet.length} bytes are more than the MTU ${other.mtu} of ${other.name}: dropped without a word`, [other.ref]),
    )
  addStep(walk, 'veth', `${dev.name} ⇄ ${other.name} (${there.name})`, peer.certainty, [dev.ref, other.ref], peer.certainty === 'confirmed' ? 'observed' : 'derived')
  const crossing = there.id === ns.id ? packet : { ...packet, mark: 0 }
  return { at: 'receive', ns: there, link: other, packet: { ...crossing, ct: null, iif: null, oif: null, physIn: null, physOut: null, owner: null } }
}

/** drivers/net/macvlan.c: siblings in bridge mode, else the wire; never the parent itself. */
const macvlanTransmit = (walk: Walk, ns: Namespace, dev: Link, packet: Packet, nextHop: Ip | null): Stage => {
  const parent = parentOf(walk.graph, dev)
  const parentNs = parent ? walk.graph.namespaces.get(parent.ns) : undefined
  if (!parent || !parentNs)
    return ended(
      unknown(walk, ns, packet, { about: `the parent of ${dev.name}`, because: 'not-recorded', remedy: 'run netmap as root' }, [dev.ref]),
    )
  const mode = String(dev.info['mode'] ?? '')
  const scrubbed = { ...packet, ct: null, iif: null, oif: null, owner: null, mark: parentNs.id === ns.id ? packet.mark : 0 }
  const sibling = childrenOf(walk.graph, parent).find((link) => link !== dev && link.mac !== null && link.mac === packet.dstMac)
  const siblingNs = sibling ? walk.graph.namespaces.get(sibling.ns) : undefined
  if (sibling && siblingNs) {
    if (mode === 'bridge' && sibling.info['mode'] === 'bridge') {
      addStep(walk, 'bridge', `macvlan on ${parent.name}: ${dev.name} → ${sibling.name} (${siblingNs.name})`, 'macvlan', [dev.ref])
      return { at: 'receive', ns: siblingNs, link: sibling, packet: { ...scrubbed, mark: 0 } }
    }
    if (mode === 'private') return ended(drop(walk, 'neighbour-unreachable', ns, packet, `${dev.name} is a private macvlan`, [dev.ref]))
  }
  if (packet.dstMac !== null && packet.dstMac === parent.mac)
    return ended(drop(walk, 'neighbour-unreachable', ns, packet, `a macvlan never reaches its own parent ${parent.name}`, [dev.ref, parent.ref]))
  addStep(walk, 'bridge', `macvlan ${mode} on ${parent.name} (${parentNs.name})`, 'macvlan', [dev.ref])
  return { at: 'transmit', ns: parentNs, dev: parent, packet: scrubbed, nextHop }
}

