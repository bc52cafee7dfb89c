/**
 * Where a packet can be next. Each stage is one function in one file that returns the next stage; `travel.ts` is the loop. So the order
 * in which a kernel does things is read by following the returned values, and no stage calls another.
 */
import type { Ip } from '../ip/types.js'
import type { Namespace } from '../model/graph.js'
import type { Link } from '../model/link.js'
import type { NextHop } from '../model/route.js'
import type { Packet } from './types.js'
import type { End } from './walk.js'

export type Stage =
  /** a process in `ns` sends: choose route and source, OUTPUT, POSTROUTING */
  | { readonly at: 'output'; readonly ns: Namespace; readonly packet: Packet; readonly bound: boolean }
  /** routed; give it to the device: next hop's MAC, then the device's own way of sending */
  | { readonly at: 'neighbour'; readonly ns: Namespace; readonly dev: Link; readonly packet: Packet; readonly leg: NextHop | null }
  /** an Ethernet frame leaves by a device */
  | { readonly at: 'transmit'; readonly ns: Namespace; readonly dev: Link; readonly packet: Packet; readonly nextHop: Ip | null }
  /** a frame arrives on a device from its other side */
  | { readonly at: 'receive'; readonly ns: Namespace; readonly link: Link; readonly packet: Packet }
  /** a frame enters a bridge by a port */
  | { readonly at: 'bridge'; readonly ns: Namespace; readonly bridge: Link; readonly port: Link; readonly packet: Packet }
  /** IP takes it: PREROUTING (unless a bridge already asked), then the routing decision */
  | { readonly at: 'input'; readonly ns: Namespace; readonly iif: Link; readonly packet: Packet; readonly prerouted: boolean }
  | { readonly at: 'forward'; readonly ns: Namespace; readonly iif: Link; readonly packet: Packet; readonly leg: NextHop; readonly mtu: number | null }
  /** INPUT, then whoever listens */
  | { readonly at: 'deliver'; readonly ns: Namespace; readonly iif: Link; readonly packet: Packet }
  | { readonly at: 'end'; readonly end: End }

export type StageOf<K extends Stage['at']> = Extract<Stage, { at: K }>

export const ended = (end: End): Stage => ({ at: 'end', end })
