/**
 * The bridge: which port a frame leaves by, or whether the host itself takes it; and br_netfilter, which shows bridged IP packets to
 * iptables. Kernel: net/bridge/br_input.c, br_forward.c, br_netfilter_hooks.c.
 */
import { equalIp, formatIp } from '../ip/index.js'
import type { Ip } from '../ip/types.js'
import type { Namespace } from '../model/graph.js'
import type { Link } from '../model/link.js'
import { isUp } from '../model/link.js'
import type { Ref } from '../model/refs.js'
import { passHook } from './hook.js'
import { resolveNeighbour } from './neighbour.js'
import { lookup } from './routing/index.js'
import { portsOf, segmentOf } from './segment.js'
import { ended, type Stage, type StageOf } from './stage.js'
import type { Packet } from './types.js'
import { addStep, at, drop, needsOwner, sysctl, unknown, type Walk } from './walk.js'

/**
 * Bridged packets cross the IP hooks where the sysctl of this namespace OR the bridge's own option says so; a host without the module
 * has no such sysctl.
 */
const netfilterOn = (ns: Namespace, bridge: Link, family: 4 | 6): Ref | null => {
  const name = family === 4 ? 'iptables' : 'ip6tables'
  const setting = sysctl(ns, `net.bridge.bridge-nf-call-${name}`)
  if (setting?.value === '1') return setting.ref
  return Number(bridge.info[`nf_call_${name}`] ?? 0) === 1 ? bridge.ref : null
}

const flag = (port: Link, name: string): boolean => port.slave[name] === true || port.slave[name] === 1 || port.slave[name] === 'on'

/** MACs the bridge takes for itself: its own, its ports', and permanent entries of the forwarding database. */
const isLocalMac = (ns: Namespace, bridge: Link, mac: string): boolean =>
  bridge.mac === mac ||
  portsOfNs(ns, bridge).some((port) => port.mac === mac) ||
  ns.fdb.some((entry) => entry.mac === mac && entry.state === 'permanent' && entry.dev === bridge.name && entry.dst === null)

const portsOfNs = (ns: Namespace, bridge: Link): readonly Link[] => ns.links.filter((link) => link.master === bridge.name)

interface Egress {
  readonly port: Link
  readonly refs: readonly Ref[]
  readonly how: string
  readonly observed: boolean
}

/**
 * FDB hit, else flooding: every port gets a copy, and the one behind which somebody has the MAC is the one that matters. `dstMac` null
 * means the owner is out of sight, behind an uplink.
 */
const egressOf = (walk: Walk, ns: Namespace, bridge: Link, dstMac: string | null): Egress | null => {
  const ports = portsOf(walk.graph, bridge)
  if (dstMac !== null) {
    const hit = ns.fdb.find((entry) => entry.mac === dstMac && entry.master === bridge.name && entry.state !== 'permanent' && !entry.flags.includes('self'))
    const port = hit && ports.find((candidate) => candidate.name === hit.dev)
    if (hit && port) return { port, refs: [hit.ref], how: `fdb ${dstMac}`, observed: true }
  }
  const flooded = ports.filter((port) => isUp(port) && port.slave['flood'] !== false)
  for (const port of flooded) {
    const segment = segmentOf(walk.graph, port)
    if (dstMac !== null && segment.owners.some((owner) => owner.mac === dstMac)) return { port, refs: [], how: 'the port that leads to it', observed: false }
  }
  for (const port of flooded) {
    const segment = segmentOf(walk.graph, port)
    if (segment.uplinks.length > 0) return { port, refs: [], how: 'the port that leads outside', observed: false }
  }
  for (const port of flooded) {
    if (segmentOf(walk.graph, port).unseen.length > 0) return { port, refs: [], how: 'a port whose other end is not visible', observed: false }
  }
  return null
}

/** Why this port may not send the frame; null when it may. should_deliver + br_allowed_egress. */
const refuses = (port: Link, from: Link | null): { readonly why: string; readonly refs: readonly Ref[] } | null => {
  if (!isUp(port)) return { why: `port ${port.name} is down`, refs: [port.ref] }
  const state = port.slave['state']
  if (state !== undefined && state !== 'forwarding') return { why: `port ${port.name} is ${String(state)} (STP)`, refs: [port.ref] }
  if (from && from.index === port.index && !flag(port, 'hairpin'))
    return { why: `the frame would leave by ${port.name}, the port it came in by, and hairpin is off there`, refs: [port.ref] }
  if (from && flag(from, 'isolated') && flag(port, 'isolated'))
    return { why: `${from.name} and ${port.name} are isolated from each other`, refs: [from.ref, port.ref] }
  return null
}

const noOwner = (walk: Walk, ns: Namespace, bridge: Link, packet: Packet): Stage =>
  ended(drop(walk, 'neighbour-unreachable', ns, packet, `no port of ${bridge.name} leads to ${packet.dstMac ?? formatIp(packet.dst)}`, [bridge.ref]))

const sendBy = (walk: Walk, ns: Namespace, bridge: Link, egress: Egress, packet: Packet, nextHop: Ip | null): Stage => {
  if (packet.length > egress.port.mtu)
    return ended(drop(walk, 'too-big', ns, packet, `${packet.length} bytes are more than the MTU ${egress.port.mtu} of port ${egress.port.name}: dropped without a word`, [egress.port.ref]))
  addStep(walk, 'bridge', `${bridge.name} → port ${egress.port.name}`, egress.how, egress.refs, egress.observed ? 'observed' : 'derived')
  return { at: 'transmit', ns, dev: egress.port, packet, nextHop }
}

/** A routed packet is sent by the bridge device itself: no ingress port, so every port is eligible. */
export const bridgeTransmit = (walk: Walk, ns: Namespace, bridge: Link, packet: Packet, nextHop: Ip | null): Stage => {
  const egress = egressOf(walk, ns, bridge, packet.dstMac)
  if (!egress) return noOwner(walk, ns, bridge, packet)
  const refused = refuses(egress.port, null)
  if (refused) return ended(drop(walk, 'neighbour-unreachable', ns, packet, refused.why, refused.refs, { link: egress.port }))
  return sendBy(walk, ns, bridge, egress, packet, nextHop)
}

/** A frame enters by a port. */
export const bridgeStage = (walk: Walk, stage: StageOf<'bridge'>): Stage => {
  const { ns, bridge, port } = stage
  let packet: Packet = { ...stage.packet, iif: bridge, oif: null, physIn: port, physOut: null }
  if (!isUp(bridge)) return ended(drop(walk, 'no-route', ns, packet, `bridge ${bridge.name} is down`, [bridge.ref], { link: bridge }))
  const state = port.slave['state']
  if (state !== undefined && state !== 'forwarding')
    return ended(drop(walk, 'no-route', ns, packet, `port ${port.name} of ${bridge.name} is ${String(state)} (STP)`, [port.ref], { link: port }))
  addStep(walk, 'enter', `port of ${bridge.name}`, 'enter', [port.ref])

  const filtered = netfilterOn(ns, bridge, packet.family)
  if (filtered) {
    const before = packet.dst
    const passed = passHook(walk, ns, 'prerouting', packet)
    if (passed.end) return ended(passed.end)
    packet = passed.packet
    if (!equalIp(before, packet.dst)) return redirected(walk, stage, packet, filtered)
  }
  if (packet.dstMac !== null && isLocalMac(ns, bridge, packet.dstMac)) {
    addStep(walk, 'bridge', `${bridge.name} takes it itself`, 'local', [bridge.ref])
    return up(ns, bridge, packet, filtered !== null)
  }
  return across(walk, stage, packet, filtered)
}

/** ip_sabotage_in: what br_netfilter already showed to PREROUTING is not shown again. */
const up = (ns: Namespace, bridge: Link, packet: Packet, prerouted: boolean): Stage => ({
  at: 'input',
  ns,
  iif: bridge,
  packet: { ...packet, physIn: null, physOut: null },
  prerouted,
})

/**
 * br_nf_pre_routing_finish: DNAT of a bridged frame asks the routing table. Back out of the same bridge, the frame is re-addressed and
 * bridged: no router, no TTL. Elsewhere, or to the host, it goes up.
 */
const redirected = (walk: Walk, stage: StageOf<'bridge'>, packet: Packet, filtered: Ref): Stage => {
  const { ns, bridge } = stage
  const { family, dst, src, mark, tos, proto: ipproto, sport, dport } = packet
  const result = lookup(ns, { family, dst, src, iif: bridge, oif: null, mark, tos, ipproto, sport, dport, uid: null, localOut: false }, walk.choose)
  const sameBridge = result.kind === 'route' && result.route.type === 'unicast' && result.legs.some((leg) => leg.dev === bridge.name)
  if (!sameBridge) return up(ns, bridge, { ...packet, dstMac: bridge.mac }, true)
  const leg = result.legs.find((candidate) => candidate.dev === bridge.name)
  const found = resolveNeighbour(walk.graph, ns, bridge, leg?.via ?? packet.dst, walk.choose)
  switch (found.kind) {
    case 'mac':
      addStep(walk, 'bridge', `${bridge.name} sends it on without routing: ${found.text}`, 'bridged-dnat', [...result.cites, ...found.refs])
      return across(walk, stage, { ...packet, dstMac: found.mac }, filtered)
    case 'beyond':
      return across(walk, stage, { ...packet, dstMac: null }, filtered)
    case 'unseen':
      needsOwner(walk, found.links, leg?.via ?? packet.dst)
      return ended(unknown(walk, ns, packet, found.gap, found.refs))
    case 'unreachable':
      return ended(drop(walk, 'neighbour-unreachable', ns, packet, found.text, found.refs))
  }
}

/** From port to port, past FORWARD and POSTROUTING where br_netfilter is on. */
const across = (walk: Walk, stage: StageOf<'bridge'>, entered: Packet, filtered: Ref | null): Stage => {
  const { ns, bridge, port } = stage
  const egress = egressOf(walk, ns, bridge, entered.dstMac)
  if (!egress) return noOwner(walk, ns, bridge, entered)
  const refused = refuses(egress.port, port)
  if (refused) return ended(drop(walk, 'neighbour-unreachable', ns, entered, refused.why, refused.refs, { link: egress.port }))
  let packet: Packet = { ...entered, oif: bridge, physOut: egress.port }
  if (filtered) {
    at(walk, ns, bridge)
    const forwarded = passHook(walk, ns, 'forward', packet)
    if (forwarded.end) return ended(forwarded.end)
    const post = passHook(walk, ns, 'postrouting', { ...forwarded.packet, iif: null }, forwarded.packet.dst)
    if (post.end) return ended(post.end)
    packet = post.packet
  }
  return sendBy(walk, ns, bridge, egress, packet, null)
}
