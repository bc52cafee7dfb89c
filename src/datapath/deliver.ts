/**
 * INPUT, then whoever listens: a socket, the kernel's own echo, or a relay that ends the flow here and starts another.
 * Kernel: net/ipv4/ip_input.c:ip_local_deliver, net/ipv4/inet_hashtables.c (socket lookup).
 */
import { equalIp, formatIp, isUnspecified } from '../ip/index.js'
import type { Namespace } from '../model/graph.js'
import type { Link } from '../model/link.js'
import type { Listener, Relay } from '../model/socket.js'
import { passHook } from './hook.js'
import { ended, type Stage, type StageOf } from './stage.js'
import { type Packet, PROTO } from './types.js'
import { addStep, at, drop, end, sysctl, type Walk } from './walk.js'

export const deliverStage = (walk: Walk, stage: StageOf<'deliver'>): Stage => {
  const { ns, iif } = stage
  at(walk, ns, iif)
  const passed = passHook(walk, ns, 'input', { ...stage.packet, iif, oif: null })
  if (passed.end) return ended(passed.end)
  const { packet } = passed
  if (packet.proto === PROTO.icmp || packet.proto === PROTO.icmpv6) return echo(walk, ns, iif, packet)
  if (walk.direction === 'reply') {
    addStep(walk, 'deliver', `${ns.name}: the socket that asked`, 'delivered', [])
    return ended(end('delivered', ns, packet, `reaches ${ns.name}`, { link: iif }))
  }
  return toSocket(walk, ns, iif, packet)
}

const echo = (walk: Walk, ns: Namespace, iif: Link, packet: Packet): Stage => {
  const ignore = sysctl(ns, packet.family === 4 ? 'net.ipv4.icmp_echo_ignore_all' : 'net.ipv6.icmp.echo_ignore_all')
  if (ignore?.value === '1' && walk.direction === 'request')
    return ended(drop(walk, 'denied', ns, packet, `${ns.name} answers no echo: icmp_echo_ignore_all = 1`, [ignore.ref]))
  addStep(walk, 'deliver', `${ns.name} owns ${formatIp(packet.dst)}`, 'delivered', [])
  return ended(end('delivered', ns, packet, `reaches ${ns.name}`, { link: iif }))
}

/** Does this socket take the packet? `*` is a dual-stack "::" socket; a bound device must be the one it came in by. */
const takes = (listener: Listener, packet: Packet, iif: Link): boolean => {
  if (listener.proto !== (packet.proto === PROTO.tcp ? 'tcp' : 'udp') || listener.port !== packet.dport) return false
  if (listener.dev !== null && listener.dev !== iif.name) return false
  if (isUnspecified(listener.ip)) return listener.ip.family === packet.family || (listener.dualStack && packet.family === 4)
  return equalIp(listener.ip, packet.dst)
}

const toSocket = (walk: Walk, ns: Namespace, iif: Link, packet: Packet): Stage => {
  if (packet.proto !== PROTO.tcp && packet.proto !== PROTO.udp) {
    addStep(walk, 'deliver', `${ns.name} owns ${formatIp(packet.dst)}`, 'delivered', [])
    return ended(end('delivered', ns, packet, `reaches ${ns.name}`, { link: iif }))
  }
  const where = `${formatIp(packet.dst)} port ${packet.dport}`
  if (ns.listeners === null) {
    const gap = { about: `who listens in ${ns.name}`, because: 'not-recorded' as const, remedy: 'ss -Hlntue in that namespace' }
    walk.gaps.push(gap)
    addStep(walk, 'deliver', `${ns.name} owns ${formatIp(packet.dst)}; whether somebody listens was not seen`, 'delivered', [], 'assumed')
    return ended(end('delivered', ns, packet, `reaches ${ns.name}`, { link: iif, gap }))
  }
  const exact = ns.listeners.filter((listener) => takes(listener, packet, iif))
  const listener = exact.find((candidate) => !isUnspecified(candidate.ip)) ?? exact[0]
  if (!listener) return ended(drop(walk, 'no-listener', ns, packet, `nothing listens on ${where} in ${ns.name}`, [], { link: iif }))
  const owner = listener.owners[0]
  const name = owner ? `${owner.name} (pid ${owner.pid})` : 'a process'
  const relay = relayOf(walk, ns, listener)
  if (relay) return cross(walk, ns, packet, relay, name)
  addStep(walk, 'deliver', `${name} listens on ${where}`, 'delivered', [listener.ref])
  return ended(end('delivered', ns, packet, `reaches ${ns.name}`, { link: iif, listener: owner ? owner.name : null }))
}

const relayOf = (walk: Walk, ns: Namespace, listener: Listener): Relay | null =>
  walk.graph.relays.find(
    (relay) =>
      relay.targetIp !== null &&
      relay.targetPort !== null &&
      relay.proto === listener.proto &&
      listener.owners.some((owner) => owner.pid === relay.pid) &&
      (relay.namespace === null || relay.namespace === ns.id),
  ) ?? null

/** A relay ends this flow and opens its own: from here on the source is the relay's host, the TTL is fresh, marks are gone. */
const cross = (walk: Walk, ns: Namespace, packet: Packet, relay: Relay, name: string): Stage => {
  if (relay.targetIp === null) throw new Error('a relay without a target cannot be crossed')
  const server: Packet = {
    ...packet,
    family: relay.targetIp.family,
    dst: relay.targetIp,
    src: relay.targetIp.family === 4 ? { family: 4, value: 0 } : { family: 6, value: 0n },
    dport: relay.targetPort,
    ttl: 64,
    mark: 0,
    tos: 0,
    srcMac: null,
    dstMac: null,
    iif: null,
    oif: null,
    physIn: null,
    physOut: null,
    ct: null,
    owner: { uid: null, pid: relay.pid },
  }
  addStep(walk, 'relay', `${name} ends this flow and opens its own to ${formatIp(relay.targetIp)}:${relay.targetPort}`, relay.kind, [relay.ref])
  walk.relayed.push({ ns, client: packet, server, name: relay.kind, refs: [relay.ref] })
  return { at: 'output', ns, packet: server, bound: false }
}
