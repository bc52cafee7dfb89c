/**
 * What a snapshot keeps of commands that say more than networking needs: environment variables, mounts, foreign labels and the like are
 * dropped before anything is parsed or stored, so that live and replayed answers are the same and no secret is ever written.
 */
import type { Evidence, Redaction } from './types.js'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A shape of what is kept: true keeps a value whole, `*` stands for any key, `[]` for each element. */
type Keep = true | { readonly [key: string]: Keep }

const CONTAINER: Keep = {
  Id: true,
  Name: true,
  State: { Status: true, Running: true, Paused: true, Pid: true },
  HostConfig: { NetworkMode: true, PortBindings: true },
  Config: { Hostname: true, Labels: { 'com.docker.compose.project': true, 'com.docker.compose.service': true, 'com.docker.compose.container-number': true } },
  NetworkSettings: true,
}

const NETWORK: Keep = {
  Name: true, Id: true, Scope: true, Driver: true, EnableIPv4: true, EnableIPv6: true, IPAM: true, Internal: true, Attachable: true, Ingress: true, Containers: true, Options: true,
  Labels: { 'com.docker.compose.network': true, 'com.docker.compose.project': true },
}

const INFO: Keep = {
  ServerVersion: true, OperatingSystem: true, OSType: true, KernelVersion: true, Architecture: true, Name: true, Driver: true, SecurityOptions: true, BridgeNfIptables: true, BridgeNfIp6tables: true,
  IPv4Forwarding: true, LiveRestoreEnabled: true, FirewallBackend: true, DefaultAddressPools: true, Swarm: { LocalNodeState: true }, Plugins: { Network: true },
}

const VERSION: Keep = { Client: { Version: true, ApiVersion: true }, Server: { Version: true, ApiVersion: true, Os: true, Arch: true, Platform: true } }

const SHAPES: Readonly<Record<string, Keep>> = {
  'docker-inspect.json': CONTAINER,
  'docker-network-inspect.json': NETWORK,
  'docker-info.json': INFO,
  'docker-version.json': VERSION,
}

const reduce = (value: Json, keep: Keep, dropped: Set<string>, path: string): Json => {
  if (keep === true || value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map((one) => reduce(one, keep, dropped, path))
  const out: { [key: string]: Json } = {}
  for (const [key, inner] of Object.entries(value)) {
    const next = keep[key]
    if (next === undefined) dropped.add(path === '' ? key : `${path}.${key.length > 40 ? '…' : key}`)
    else out[key] = reduce(inner, next, dropped, path === '' ? key : `${path}.${key}`)
  }
  return out
}

export interface Reduced {
  readonly evidence: Evidence
  readonly redactions: readonly Redaction[]
}

/** Evidence of other commands, and text that is no JSON, passes through as it is. */
export const reduceEvidence = (evidence: Evidence): Reduced => {
  const file = evidence.probe.id.split('/').at(-1) ?? ''
  const keep = SHAPES[file]
  if (!keep || evidence.stdout.trim() === '') return { evidence, redactions: [] }
  try {
    const dropped = new Set<string>()
    const kept = reduce(JSON.parse(evidence.stdout) as Json, keep, dropped, '')
    const redactions = dropped.size === 0 ? [] : [{ what: `fields that networking does not need: ${[...dropped].toSorted().join(', ')}`, where: evidence.probe.id, count: dropped.size }]
    return { evidence: { ...evidence, stdout: `${JSON.stringify(kept, null, 1)}\n` }, redactions }
  } catch {
    return { evidence: { ...evidence, outcome: 'failed', stdout: '', stderr: `${evidence.stderr}\nnot JSON, and left out since it may hold what must not be stored`.trim() }, redactions: [] }
  }
}
