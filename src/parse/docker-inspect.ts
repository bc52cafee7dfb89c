/**
 * `docker inspect ID…` → containers, reduced to what networking needs (src/evidence/reduce.ts drops the rest before anything is stored).
 *
 *   [{"Id":"b8cc…","Name":"/web","State":{"Status":"running","Pid":3179},"HostConfig":{"NetworkMode":"app"},
 *     "Config":{"Hostname":"b8cc","Labels":{"com.docker.compose.project":"app","com.docker.compose.service":"web"}},
 *     "NetworkSettings":{"SandboxKey":"/var/run/docker/netns/486015f9fcc3","Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}]},
 *       "Networks":{"app":{"NetworkID":"…","IPAddress":"172.18.0.2","IPPrefixLen":16,"Gateway":"172.18.0.1","MacAddress":"02:42:ac:12:00:02","Aliases":["web"]}}}}]
 */
import { ip4, normaliseMac, parseIp } from '../ip/index.js'
import type { Container, Endpoint, PortBinding } from '../model/docker.js'
import { type JsonObject, jsonRecords, num, object, objects, type Parsed, str, strings } from './json.js'

const STATES = new Set(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'])

const ipOrNull = (text: string | null) => parseIp(text ?? '')

const endpoint = (name: string, record: JsonObject): Endpoint => ({
  network: name,
  networkId: str(record, 'NetworkID') ?? '',
  ip4: ipOrNull(str(record, 'IPAddress')),
  ip6: ipOrNull(str(record, 'GlobalIPv6Address')),
  prefix4: num(record, 'IPPrefixLen') ?? 0,
  prefix6: num(record, 'GlobalIPv6PrefixLen') ?? 0,
  gateway4: ipOrNull(str(record, 'Gateway')),
  gateway6: ipOrNull(str(record, 'IPv6Gateway')),
  mac: normaliseMac(str(record, 'MacAddress') ?? ''),
  aliases: [...strings(record['Aliases']), ...strings(record['DNSNames'])],
})

const bindings = (ports: JsonObject): readonly PortBinding[] =>
  Object.entries(ports).flatMap(([key, value]) => {
    const [port, proto = 'tcp'] = key.split('/')
    if (proto !== 'tcp' && proto !== 'udp' && proto !== 'sctp') return []
    return objects(value).flatMap((binding): PortBinding[] => {
      const hostPort = Number(str(binding, 'HostPort'))
      return Number.isInteger(hostPort) && hostPort > 0
        ? [{ proto, containerPort: Number(port), hostIp: ipOrNull(str(binding, 'HostIp')) ?? ip4(0), hostPort }]
        : []
    })
  })

const compose = (labels: JsonObject): Container['compose'] => {
  const project = str(labels, 'com.docker.compose.project')
  const service = str(labels, 'com.docker.compose.service')
  return project === null || service === null ? null : { project, service, number: str(labels, 'com.docker.compose.container-number') ?? '1' }
}

export const parseDockerInspect = (text: string, evidence: string): Parsed<Container> => {
  const { records, gaps } = jsonRecords(text, evidence)
  const facts = records.flatMap((record, index): Container[] => {
    const id = str(record, 'Id')
    const name = str(record, 'Name')
    if (id === null || name === null) return []
    const state = object(record['State'])
    const status = str(state, 'Status') ?? (state['Running'] === true ? 'running' : 'exited')
    const settings = object(record['NetworkSettings'])
    return [
      {
        id,
        name: name.replace(/^\//, ''),
        state: (STATES.has(status) ? status : 'dead') as Container['state'],
        pid: num(state, 'Pid') ?? 0,
        networkMode: str(object(record['HostConfig']), 'NetworkMode') ?? 'default',
        hostname: str(object(record['Config']), 'Hostname') ?? '',
        compose: compose(object(object(record['Config'])['Labels'])),
        sandboxKey: str(settings, 'SandboxKey') ?? '',
        endpoints: Object.entries(object(settings['Networks'])).map(([network, value]) => endpoint(network, object(value))),
        ports: bindings(object(settings['Ports'])),
        ref: { evidence, line: index + 1, text: `${name} ${id.slice(0, 12)} ${status}` },
      },
    ]
  })
  return { facts, gaps }
}
