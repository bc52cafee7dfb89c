import type { Ip } from '../ip/types.js'
import type { Ref } from './refs.js'

export interface Owner {
  readonly pid: number
  readonly name: string
}

/** A socket that takes packets: tcp LISTEN, udp UNCONN. One record of `ss -Hlntu -e`. */
export interface Listener {
  readonly proto: 'tcp' | 'udp'
  /** unspecified (0.0.0.0, ::) for "any address" */
  readonly ip: Ip
  /** a "::" socket that also takes IPv4 (ss prints `*:port`) */
  readonly dualStack: boolean
  readonly port: number
  /** bound device ("%eth0"), null for any */
  readonly dev: string | null
  readonly inode: number | null
  readonly owners: readonly Owner[]
  readonly ref: Ref
}

export interface Tuple {
  readonly src: Ip
  readonly dst: Ip
  readonly sport: number | null
  readonly dport: number | null
}

/** One line of `conntrack -L`. */
export interface ConntrackEntry {
  readonly proto: string
  readonly state: string | null
  readonly original: Tuple
  readonly reply: Tuple
  /** ASSURED, UNREPLIED, OFFLOAD … */
  readonly status: readonly string[]
  readonly mark: number
  readonly zone: number
  readonly ref: Ref
}

/** A process that ends a flow and starts another. Read from its command line. */
export interface Relay {
  readonly kind: 'docker-proxy' | 'slirp4netns' | 'pasta' | 'rootlesskit' | 'gvproxy' | 'vpnkit' | 'other'
  readonly pid: number
  readonly proto: 'tcp' | 'udp' | 'sctp' | 'any'
  readonly listenIp: Ip | null
  readonly listenPort: number | null
  readonly targetIp: Ip | null
  readonly targetPort: number | null
  /** namespace the process runs in, when known */
  readonly namespace: string | null
  readonly ref: Ref
}
