import type { Ip, Prefix } from '../ip/types.js'
import type { Ref } from './refs.js'

export interface Endpoint {
  readonly network: string
  readonly networkId: string
  readonly ip4: Ip | null
  readonly ip6: Ip | null
  readonly prefix4: number
  readonly prefix6: number
  readonly gateway4: Ip | null
  readonly gateway6: Ip | null
  readonly mac: string | null
  readonly aliases: readonly string[]
}

export interface PortBinding {
  readonly proto: 'tcp' | 'udp' | 'sctp'
  readonly containerPort: number
  readonly hostIp: Ip
  readonly hostPort: number
}

/** One container, reduced to what networking needs. */
export interface Container {
  readonly id: string
  /** without the leading slash */
  readonly name: string
  readonly state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'
  /** in the engine's PID namespace; 0 when not running */
  readonly pid: number
  /** HostConfig.NetworkMode: bridge, host, none, container:<id>, a network name */
  readonly networkMode: string
  readonly hostname: string
  readonly compose: { readonly project: string; readonly service: string; readonly number: string } | null
  readonly sandboxKey: string
  readonly endpoints: readonly Endpoint[]
  readonly ports: readonly PortBinding[]
  readonly ref: Ref
}

export interface DockerNetwork {
  readonly id: string
  readonly name: string
  readonly driver: string
  readonly scope: string
  readonly internal: boolean
  readonly ipv6: boolean
  readonly subnets: readonly { readonly subnet: Prefix; readonly gateway: Ip | null }[]
  readonly options: Readonly<Record<string, string>>
  /** Linux bridge behind it: the option's name, docker0, or br-<id12>; null for other drivers */
  readonly bridge: string | null
  readonly compose: string | null
  readonly members: readonly { readonly containerId: string; readonly name: string; readonly mac: string; readonly ip4: Ip | null; readonly ip6: Ip | null }[]
  readonly ref: Ref
}

export interface Engine {
  readonly kind: 'docker'
  readonly version: string
  readonly operatingSystem: string
  readonly rootless: boolean
  readonly storage: string
  readonly iptables: boolean | null
  readonly bridgeNfIptables: boolean | null
  readonly liveRestore: boolean
  readonly firewallBackend: string | null
  readonly ref: Ref
}
