/**
 * `docker network inspect ID…` → networks; `docker version` and `docker info` as JSON → the engine.
 *
 *   [{"Name":"app","Id":"51c0…","Driver":"bridge","Scope":"local","EnableIPv6":false,"Internal":false,
 *     "IPAM":{"Config":[{"Subnet":"172.18.0.0/16","Gateway":"172.18.0.1"}]},"Options":{"com.docker.network.bridge.name":"br-app"},
 *     "Labels":{"com.docker.compose.network":"default"},
 *     "Containers":{"b8cc…":{"Name":"web","MacAddress":"02:42:ac:12:00:02","IPv4Address":"172.18.0.2/16","IPv6Address":""}}}]
 */
import { normaliseMac, parseIp, parsePrefix } from '../ip/index.js'
import type { DockerNetwork, Engine } from '../model/docker.js'
import { type JsonObject, jsonRecords, object, objects, type Parsed, parseJson, str } from './json.js'

const bridgeOf = (record: JsonObject): string | null => {
  if (str(record, 'Driver') !== 'bridge') return null
  const named = str(object(record['Options']), 'com.docker.network.bridge.name')
  if (named) return named
  return str(record, 'Name') === 'bridge' ? 'docker0' : `br-${(str(record, 'Id') ?? '').slice(0, 12)}`
}

const bare = (text: string | null) => parseIp((text ?? '').split('/')[0] ?? '')

export const parseDockerNetworks = (text: string, evidence: string): Parsed<DockerNetwork> => {
  const { records, gaps } = jsonRecords(text, evidence)
  const facts = records.flatMap((record, index): DockerNetwork[] => {
    const id = str(record, 'Id')
    const name = str(record, 'Name')
    if (id === null || name === null) return []
    const options = Object.entries(object(record['Options'])).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : []))
    return [
      {
        id,
        name,
        driver: str(record, 'Driver') ?? '',
        scope: str(record, 'Scope') ?? 'local',
        internal: record['Internal'] === true,
        ipv6: record['EnableIPv6'] === true,
        subnets: objects(object(record['IPAM'])['Config']).flatMap((config) => {
          const subnet = parsePrefix(str(config, 'Subnet') ?? '')
          return subnet ? [{ subnet, gateway: bare(str(config, 'Gateway')) }] : []
        }),
        options: Object.fromEntries(options),
        bridge: bridgeOf(record),
        compose: str(object(record['Labels']), 'com.docker.compose.network'),
        members: Object.entries(object(record['Containers'])).map(([containerId, value]) => {
          const member = object(value)
          return {
            containerId,
            name: str(member, 'Name') ?? '',
            mac: normaliseMac(str(member, 'MacAddress') ?? '') ?? '',
            ip4: bare(str(member, 'IPv4Address')),
            ip6: bare(str(member, 'IPv6Address')),
          }
        }),
        ref: { evidence, line: index + 1, text: `${name} ${str(record, 'Driver')} ${id.slice(0, 12)}` },
      },
    ]
  })
  return { facts, gaps }
}

const document = (text: string): JsonObject => {
  const parsed = parseJson(text)
  return parsed.ok ? object(parsed.value) : {}
}

/** null: no engine answered. */
export const parseEngine = (version: string, info: string, evidence: string): Engine | null => {
  const server = object(document(version)['Server'])
  const facts = document(info)
  const number = str(server, 'Version') ?? str(facts, 'ServerVersion')
  if (!number) return null
  const security = Array.isArray(facts['SecurityOptions']) ? facts['SecurityOptions'].map(String) : []
  const flag = (key: string): boolean | null => (typeof facts[key] === 'boolean' ? (facts[key] as boolean) : null)
  return {
    kind: 'docker',
    version: number,
    operatingSystem: str(facts, 'OperatingSystem') ?? '',
    rootless: security.some((option) => option.includes('name=rootless')),
    storage: str(facts, 'Driver') ?? '',
    iptables: null,
    bridgeNfIptables: flag('BridgeNfIptables'),
    liveRestore: flag('LiveRestoreEnabled') ?? false,
    firewallBackend: str(object(facts['FirewallBackend']), 'Driver'),
    ref: { evidence, line: 1, text: `Docker Engine ${number}` },
  }
}
