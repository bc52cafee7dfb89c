/**
 * ip_rcv → PREROUTING → ip_rcv_finish: is the packet for this namespace, to be forwarded, or refused?
 * Kernel: net/ipv4/ip_input.c, net/ipv4/route.c:ip_route_input_slow, net/ipv6/ip6_input.c.
 */
import { formatIp } from '../ip/index.js'
import type { NextHop, Route } from '../model/route.js'
import { passHook } from './hook.js'
import { lookup, rpFilter } from './routing/index.js'
import { ended, type Stage, type StageOf } from './stage.js'
import type { Packet } from './types.js'
import { addStep, at, devSysctl, drop, unknown, type Walk } from './walk.js'

/** One leg of a route; several equal legs are a hash of the flow that a dump does not give. */
export const pickLeg = (walk: Walk, route: Route, legs: readonly NextHop[]): NextHop | null => {
  if (legs.length < 2) return legs[0] ?? null
  const names = legs.map((leg) => `${leg.via ? `via ${formatIp(leg.via)} ` : ''}dev ${leg.dev ?? ''}`)
  return legs[walk.choose(`leg of the multipath route ${route.ref.text}`, names)] ?? null
}

export const routeErrorDisposition = (type: string) => (type === 'no-route' ? 'no-route' : 'blackholed') as 'no-route' | 'blackholed'

export const inputStage = (walk: Walk, stage: StageOf<'input'>): Stage => {
  const { ns, iif } = stage
  at(walk, ns, iif)
  let packet: Packet = { ...stage.packet, iif, oif: null }
  if (packet.family === 6) {
    const disabled = devSysctl(ns, 6, iif.name, 'disable_ipv6')
    if (disabled?.value === '1')
      return ended(drop(walk, 'denied', ns, packet, `IPv6 is off on ${iif.name}: disable_ipv6 = 1`, [disabled.ref], { link: iif }))
  }
  if (!stage.prerouted) {
    const passed = passHook(walk, ns, 'prerouting', { ...packet, physIn: null, physOut: null })
    if (passed.end) return ended(passed.end)
    packet = passed.packet
  }
  const result = lookup(
    ns,
    {
      family: packet.family,
      dst: packet.dst,
      src: packet.src,
      iif,
      oif: null,
      mark: packet.mark,
      tos: packet.tos,
      ipproto: packet.proto,
      sport: packet.sport,
      dport: packet.dport,
      uid: null,
      localOut: false,
    },
    walk.choose,
  )
  if (result.kind === 'error') {
    const what = result.type === 'no-route' ? `no route to ${formatIp(packet.dst)}` : `the route to ${formatIp(packet.dst)} is ${result.type}`
    return ended(drop(walk, routeErrorDisposition(result.type), ns, packet, what, result.cites))
  }
  const { route } = result
  switch (route.type) {
    case 'local':
    case 'anycast':
    case 'broadcast':
      return sourceRefused(walk, stage, packet) ?? { at: 'deliver', ns, iif, packet }
    case 'multicast':
      return ended(
        unknown(walk, ns, packet, {
          about: `multicast to ${formatIp(packet.dst)}: who joined the group`,
          because: 'unsupported',
          remedy: 'ip maddr show',
        }),
      )
    default:
      break
  }
  const refused = forwardingOff(walk, stage, packet) ?? sourceRefused(walk, stage, packet)
  if (refused) return refused
  const leg = pickLeg(walk, route, result.legs)
  if (!leg?.dev) return ended(drop(walk, 'blackholed', ns, packet, `the route ${route.ref.text} has no way out`, [route.ref]))
  addStep(walk, 'route', route.ref.text, route.table, result.cites)
  return { at: 'forward', ns, iif, packet, leg, mtu: route.mtu }
}

/** Martians, the host's own address from outside, rp_filter: fib_validate_source, after PREROUTING and after the forwarding flag. */
const sourceRefused = (walk: Walk, stage: StageOf<'input'>, packet: Packet): Stage | null => {
  const filtered = rpFilter(stage.ns, packet, walk.choose)
  if (filtered.ok) return null
  return ended(drop(walk, 'source-filtered', stage.ns, packet, filtered.why, filtered.cites, { link: stage.iif }))
}

/**
 * IPv4 asks the flag of the device the packet came in by (which net.ipv4.ip_forward writes to all). IPv6 asks conf.all.forwarding only,
 * or, from Linux 6.17, the incoming device's force_forwarding (net/ipv6/ip6_output.c:ip6_forward).
 */
const forwardingOff = (walk: Walk, stage: StageOf<'input'>, packet: Packet): Stage | null => {
  const { ns, iif } = stage
  const flag =
    packet.family === 4 ? devSysctl(ns, 4, iif.name, 'forwarding') : devSysctl(ns, 6, 'all', 'forwarding')
  const forced = packet.family === 6 ? devSysctl(ns, 6, iif.name, 'force_forwarding') : null
  if (flag?.value === '1' || forced?.value === '1') return null
  const key = packet.family === 4 ? `net.ipv4.conf.${iif.name}.forwarding` : 'net.ipv6.conf.all.forwarding'
  if (!flag)
    return ended(
      unknown(walk, ns, packet, { about: `whether ${ns.name} forwards: ${key} was not recorded`, because: 'not-recorded', remedy: `sysctl ${key}` }),
    )
  const more = { link: iif }
  return ended(drop(walk, 'not-forwarded', ns, packet, `${ns.name} does not forward: ${key} = ${flag.value}`, [flag.ref], more))
}
